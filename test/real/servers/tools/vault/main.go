// Command vault serves HashiCorp Vault's own core and API from memory, with the engines and logins that the tests use.
// Vault's command itself does not build from published modules: it was released with an SDK that never was.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/hashicorp/go-hclog"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/logical/database"
	api "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/plugins/database/postgresql"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

var (
	engines = map[string]logical.Factory{"kv": kv.Factory, "database": database.Factory}
	logins  = map[string]logical.Factory{"approle": approle.Factory, "jwt": jwt.Factory}
)

// The first argument is where it listens; the file of the second one gets the root token once it answers.
func main() {
	if err := serve(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(address, tokenFile string) error {
	core, rootToken, err := unsealedCore()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	handler := api.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: &configutil.Listener{}})
	if err := os.WriteFile(tokenFile, []byte(rootToken), 0o600); err != nil {
		return err
	}
	return http.Serve(listener, handler)
}

func unsealedCore() (*vault.Core, string, error) {
	logger := hclog.New(&hclog.LoggerOptions{Level: hclog.Info})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, "", err
	}
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		DisableMlock:       true,
		Logger:             logger,
		LogicalBackends:    engines,
		CredentialBackends: logins,
		BuiltinRegistry:    registry{},
	})
	if err != nil {
		return nil, "", err
	}
	seal := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	begun, err := core.Initialize(context.Background(), &vault.InitParams{BarrierConfig: seal})
	if err != nil {
		return nil, "", err
	}
	_, err = core.Unseal(begun.SecretShares[0])
	return core, begun.RootToken, err
}

// registry is what Vault's own commands have compiled in, here by name.
type registry struct{}

func (r registry) Get(name string, kind consts.PluginType) (func() (interface{}, error), bool) {
	if kind == consts.PluginTypeDatabase && name == "postgresql-database-plugin" {
		return postgresql.New, true
	}
	factories := map[consts.PluginType]map[string]logical.Factory{
		consts.PluginTypeSecrets:    engines,
		consts.PluginTypeCredential: logins,
	}
	factory, found := factories[kind][name]
	return func() (interface{}, error) { return factory, nil }, found
}

func (r registry) Contains(name string, kind consts.PluginType) bool {
	_, found := r.Get(name, kind)
	return found
}

func (r registry) Keys(kind consts.PluginType) []string {
	names := []string{}
	for _, name := range []string{"kv", "database", "approle", "jwt", "postgresql-database-plugin"} {
		if r.Contains(name, kind) {
			names = append(names, name)
		}
	}
	return names
}

func (r registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, r.Contains(name, kind)
}

func (r registry) IsBuiltinEntPlugin(string, consts.PluginType) bool {
	return false
}
