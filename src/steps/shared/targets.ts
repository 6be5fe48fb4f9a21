import { z } from 'zod';
import { GuardiaError } from '../../errors.ts';
import type { BeforeEffect, Clients, CommandResult, Place } from '../step-kind.ts';
import { runLocally } from './command/local-process.ts';
import { dockerConnection, identityOf, inspectContainer } from './docker/client.ts';
import { runInContainer } from './docker/exec.ts';
import { kubernetesConnection } from './kubernetes/client.ts';
import { runInPod } from './kubernetes/pod-exec.ts';
import { firstReady, listPods } from './kubernetes/pods.ts';
import { named } from './ssh/client.ts';
import { runOverSsh, sshServer } from './ssh/exec.ts';

const name = z.string().min(1);
/** What may run there, by name; anything when it is left out. */
const programs = z.array(name).min(1).optional();
const folder = shaped(/^\//, 'write the whole path, from / on').optional();

const pod = z.strictObject({
  /** Label selector; the first ready pod by name is taken. */
  pod: name,
  container: name.optional(),
  /** Name of a kubernetes connection. */
  connection: z.string().default('kubernetes'),
});

const container = z.strictObject({
  container: name,
  /** Name of a docker connection. */
  connection: z.string().default('docker'),
  cwd: folder,
  programs,
});

const ssh = z.strictObject({
  ssh: shaped(/^([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/, 'write host or host:port'),
  user: name,
  'host-key': shaped(/^SHA256:[A-Za-z0-9+/]{43}$/, 'write SHA256:… as ssh-keygen -l shows it'),
  /** A private key as text. */
  key: name,
  cwd: folder,
  programs,
});

const local = z.strictObject({
  /** Programs of this machine that may run, by name; off unless a service's file names them. */
  local: z.array(z.string().min(1)).min(1),
  environment: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
});

/** Where an argv can run. */
export const targetSchema = z.union([pod, container, ssh, local]);

export interface TargetCall {
  name: string;
  target: z.output<typeof targetSchema>;
  signal: AbortSignal;
  clients: Clients;
  /** Where the program changes something. */
  beforeEffect?: BeforeEffect;
  another<Other>(name: string, schema: z.ZodType<Other>): Promise<Other>;
}

/** A text of a shape, or one that a service's file has yet to be given by a setting or by Vault. */
function shaped(shape: RegExp, message: string) {
  return z.string().refine((text) => /\$\{|^vault:/.test(text) || shape.test(text), message);
}

export async function runOnTarget(call: TargetCall, argv: readonly string[]): Promise<CommandResult> {
  const { name: on, target, signal, clients, beforeEffect } = call;
  const [program] = argv;
  if (program === undefined) throw new GuardiaError('bad-input', `nothing to run on ${on}`);
  refuseProgram(target, program);
  const limits = { signal, ...(beforeEffect ? { beforeEffect } : {}) };
  if ('local' in target) return { ...(await runLocally(target, argv, limits)), where: on };
  if ('ssh' in target) return runOverSsh(clients, target, argv, limits);
  if ('pod' in target) {
    const connection = await call.another(target.connection, kubernetesConnection);
    return runInPod(clients, connection, target, argv, limits);
  }
  const connection = await call.another(target.connection, dockerConnection);
  return runInContainer({ clients, connection, target, ...limits }, argv);
}

function refuseProgram(target: TargetCall['target'], program: string): void {
  const allowed = 'local' in target ? target.local : 'programs' in target ? target.programs : undefined;
  if (!allowed || allowed.includes(program)) return;
  throw new GuardiaError('refused', `${program} may not run here; this target allows ${allowed.join(', ')}`);
}

/** Where a target is at this moment; nothing is run there. */
export async function placeOf({ target, signal, clients, another }: TargetCall): Promise<Place> {
  if ('local' in target) return { where: inFolder('this machine', target.cwd), substance: {} };
  if ('ssh' in target) {
    const where = inFolder(named(sshServer(target)), target.cwd);
    return { where, substance: { host: where, 'host key': target['host-key'] } };
  }
  if ('pod' in target) {
    const connection = await another(target.connection, kubernetesConnection);
    const { pods } = await listPods(clients, connection, target.pod, signal);
    const { name: first, uid } = firstReady(pods, target.pod).metadata;
    const where = `pod ${first}${pods.length > 1 ? ` of ${pods.length}` : ''} in ${connection.namespace}`;
    return { where, substance: { pod: `${first} ${uid}`.trim(), namespace: connection.namespace } };
  }
  const connection = await another(target.connection, dockerConnection);
  const found = await inspectContainer(clients, connection, target.container, signal);
  const where = inFolder(`container ${target.container}`, target.cwd);
  return { where, substance: { container: `${target.container} ${identityOf(found)}` } };
}

function inFolder(where: string, cwd: string | undefined): string {
  return cwd === undefined ? where : `${where}, in ${cwd}`;
}
