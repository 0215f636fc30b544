import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugins } from '../../../pkg/plugins/index.ts';
import { cases } from '../../../test/support/cases.ts';
import type { AdmissionOptions } from './options.ts';
import { type AdmissionSettings, readAdmissionSettings } from './settings.ts';

const inPod = { LEADER_ELECTION_NAMESPACE: 'garden' };

interface Input {
  readonly options?: AdmissionOptions;
  readonly env?: Readonly<Record<string, string>>;
}

const read = ({ options = {}, env = inPod }: Input): ReturnType<typeof readAdmissionSettings> =>
  readAdmissionSettings({ options, env, plugins });

const name = 'gardener-extension-admission-networking';
const defaults: AdmissionSettings = {
  types: ['calico', 'cilium'],
  kinds: ['validator', 'mutator'],
  name,
  namespace: 'garden',
  ownerNamespace: undefined,
  address: { mode: 'service', namespace: 'garden', name, port: 443 },
  hosts: [name, `${name}.garden`, `${name}.garden.svc`],
  server: { host: undefined, port: 443 },
  garden: { kubeconfig: undefined, context: undefined, master: undefined },
  source: undefined,
  leaderElection: { namespace: 'garden', name },
  metrics: { host: undefined, port: 8080 },
  health: { host: undefined, port: 8081 },
  log: { level: 'info', format: 'json' },
};

const calicoName = 'gardener-extension-admission-calico';

cases<{ readonly input: Input; readonly change: Partial<AdmissionSettings> }>(
  'reads',
  {
    'no flags in a pod': { input: {}, change: {} },
    'a single type, which has the name of its Go admission': {
      input: { options: { types: ['calico'] } },
      change: {
        types: ['calico'],
        name: calicoName,
        address: { mode: 'service', namespace: 'garden', name: calicoName, port: 443 },
        hosts: [calicoName, `${calicoName}.garden`, `${calicoName}.garden.svc`],
        leaderElection: { namespace: 'garden', name: calicoName },
      },
    },
    'the flags of a chart with a virtual garden': {
      input: {
        options: {
          types: ['calico,cilium'],
          webhookConfigServerPort: '10250',
          webhookConfigMode: 'url',
          webhookConfigUrl: `${name}.garden`,
          webhookConfigNamespace: 'garden',
          webhookConfigOwnerNamespace: 'extension-networking',
          kubeconfig: '/etc/kubeconfig',
          metricsBindAddress: ':8080',
          healthBindAddress: ':8081',
          leaderElectionId: 'another',
        },
        env: { ...inPod, SOURCE_CLUSTER: 'enabled' },
      },
      change: {
        ownerNamespace: 'extension-networking',
        address: { mode: 'url', host: `${name}.garden` },
        hosts: [`${name}.garden`],
        server: { host: undefined, port: 10_250 },
        garden: { kubeconfig: '/etc/kubeconfig', context: undefined, master: undefined },
        source: { kubeconfig: undefined },
        leaderElection: { namespace: 'garden', name: 'another' },
      },
    },
    'GARDEN_KUBECONFIG, which overrides the flag': {
      input: {
        options: { kubeconfig: '/flag' },
        env: { ...inPod, GARDEN_KUBECONFIG: '/operator', SOURCE_CLUSTER: 'enabled', SOURCE_KUBECONFIG: '/source' },
      },
      change: {
        garden: { kubeconfig: '/operator', context: undefined, master: undefined },
        source: { kubeconfig: '/source' },
      },
    },
    'SOURCE_KUBECONFIG without SOURCE_CLUSTER, which is ignored': {
      input: { env: { ...inPod, SOURCE_CLUSTER: 'disabled', SOURCE_KUBECONFIG: '/source' } },
      change: {},
    },
    'a URL with a port, which is not part of the certificate': {
      input: { options: { webhookConfigMode: 'url', webhookConfigUrl: '10.0.0.1:10250' } },
      change: { address: { mode: 'url', host: '10.0.0.1:10250' }, hosts: ['10.0.0.1'] },
    },
    'a URL with an IPv6 address, which has brackets in the URL only': {
      input: { options: { webhookConfigMode: 'url', webhookConfigUrl: '[2001:db8::1]:10250' } },
      change: { address: { mode: 'url', host: '[2001:db8::1]:10250' }, hosts: ['2001:db8::1'] },
    },
    'a disabled mutator': {
      input: { options: { disableWebhooks: ['mutator'] } },
      change: { kinds: ['validator'] },
    },
    'no leader election and a namespace by variable': {
      input: { options: { leaderElection: 'false' }, env: { WEBHOOK_CONFIG_NAMESPACE: 'garden' } },
      change: { leaderElection: undefined },
    },
    'disabled metrics and health': {
      input: { options: { metricsBindAddress: '0', healthBindAddress: '0' } },
      change: { metrics: undefined, health: undefined },
    },
  },
  ({ input, change }) => {
    const { settings, problems, notes } = read(input);
    assert.deepEqual({ settings, problems, notes }, { settings: { ...defaults, ...change }, problems: [], notes: [] });
  },
);

cases<{ readonly input: Input; readonly messages: readonly RegExp[] }>(
  'rejects',
  {
    'a missing namespace': {
      input: { env: {} },
      messages: [/^--webhook-config-namespace: Required value/, /^--leader-election-namespace: Required value/],
    },
    'an unknown type': { input: { options: { types: ['calicoo'] } }, messages: [/^--types: .*did you mean calico\?/] },
    'an unknown webhook': {
      input: { options: { disableWebhooks: ['shoot'] } },
      messages: [/^--disable-webhooks: .*"validator", "mutator"/],
    },
    'an unknown mode': {
      input: { options: { webhookConfigMode: 'url-service' } },
      messages: [/^--webhook-config-mode: .*"service", "url"/],
    },
    'mode url without a URL': {
      input: { options: { webhookConfigMode: 'url' } },
      messages: [/^--webhook-config-url: Required value: needed with --webhook-config-mode=url/],
    },
    'a URL with its scheme': {
      input: { options: { webhookConfigMode: 'url', webhookConfigUrl: 'https://a' } },
      messages: [/^--webhook-config-url: Invalid value: "https:\/\/a"/],
    },
    'a port used twice': {
      input: { options: { webhookConfigServerPort: '8081', metricsBindAddress: ':8081' } },
      messages: [/^--health-bind-address: /, /^--webhook-config-server-port: /, /^--webhook-config-server-port: /],
    },
    'an invalid owner namespace': {
      input: { options: { webhookConfigOwnerNamespace: 'A' } },
      messages: [/^--webhook-config-owner-namespace: Invalid value: "A"/],
    },
  },
  ({ input, messages }) => {
    const { settings, problems } = read(input);
    assert.equal(settings, undefined);
    assert.equal(problems.length, messages.length, JSON.stringify(problems));
    for (const [index, pattern] of messages.entries()) assert.match(problems[index]?.message ?? '', pattern);
  },
);

test('notes ignored flags of the Go admissions', () => {
  const { settings, notes } = read({ options: { webhookConfigCertDir: '/tmp/admission-calico-cert' } });
  assert.deepEqual(settings, defaults);
  assert.deepEqual(notes, [{ message: 'Ignored flags', fields: { flags: ['--webhook-config-cert-dir'] } }]);
});
