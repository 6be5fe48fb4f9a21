// Package utils replaces the package's own validate.go in a copy of gitleaks. It prints each rule and its test
// vectors as one line of JSON. update.ts runs it.
package utils

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/zricethezav/gitleaks/v8/cmd/generate/config/base"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/regexp"
)

type allowed struct {
	All       bool     `json:"all,omitempty"`
	Target    string   `json:"target,omitempty"`
	Regexes   []string `json:"regexes,omitempty"`
	StopWords []string `json:"stopWords,omitempty"`
}

type vector struct {
	Text    string   `json:"text"`
	Secrets []string `json:"secrets"`
}

type record struct {
	ID       string    `json:"id"`
	Regex    string    `json:"regex"`
	Path     string    `json:"path,omitempty"`
	Entropy  float64   `json:"entropy,omitempty"`
	Group    int       `json:"group,omitempty"`
	Keywords []string  `json:"keywords"`
	Allowed  []allowed `json:"allowed,omitempty"`
	Vectors  []vector  `json:"vectors"`
	Innocent []string  `json:"innocent"`
}

func Validate(rule config.Rule, truePositives []string, falsePositives []string) *config.Rule {
	write(rule, truePositives, falsePositives)
	return &rule
}

func ValidateWithPaths(rule config.Rule, _ map[string]string, _ map[string]string) *config.Rule {
	write(rule, nil, nil)
	return &rule
}

func write(rule config.Rule, truePositives []string, falsePositives []string) {
	out := record{ID: rule.RuleID, Regex: sourceOf(rule.Regex), Path: sourceOf(rule.Path), Entropy: rule.Entropy,
		Group: rule.SecretGroup, Keywords: rule.Keywords, Innocent: []string{}}
	for _, list := range rule.Allowlists {
		one := allowed{All: list.MatchCondition == config.AllowlistMatchAnd, Target: list.RegexTarget, StopWords: list.StopWords}
		for _, regex := range list.Regexes {
			one.Regexes = append(one.Regexes, regex.String())
		}
		out.Allowed = append(out.Allowed, one)
	}
	cfg := base.CreateGlobalConfig()
	cfg.Keywords = map[string]struct{}{}
	for i, keyword := range rule.Keywords {
		rule.Keywords[i] = strings.ToLower(keyword)
		cfg.Keywords[rule.Keywords[i]] = struct{}{}
	}
	cfg.Rules = map[string]config.Rule{rule.RuleID: rule}
	detector := detect.NewDetector(cfg)
	for _, text := range truePositives {
		found := []string{}
		for _, finding := range detector.DetectString(text) {
			found = append(found, finding.Secret)
		}
		out.Vectors = append(out.Vectors, vector{Text: text, Secrets: found})
	}
	whole, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		panic(err)
	}
	for _, text := range falsePositives {
		// What is innocent for one rule may be a secret for another.
		if len(whole.DetectString(text)) == 0 {
			out.Innocent = append(out.Innocent, text)
		}
	}
	line, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	os.Stdout.Write(append(line, '\n'))
}

func sourceOf(regex *regexp.Regexp) string {
	if regex == nil {
		return ""
	}
	return regex.String()
}
