/**
 * Writes the facts and hashes in calico/ and cilium/ from the recordings of the Go extensions, which are not part of this project:
 *
 *     node test/parity/record.ts [--check]
 *
 * With --check it writes nothing and fails where a file is not what the recordings say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { printYaml } from '../../pkg/yaml/print.ts';
import { type Cni, cnis } from './cases.ts';
import { type CaseHashes, hashLeaves, printHashes } from './leaf-hashes.ts';
import { recordedRequests } from './reference/admission.ts';
import { recordedCases } from './reference/cases.ts';
import { hasReference } from './reference/files.ts';
import { recordedInstallationHashes, recordedInstallations } from './reference/installations.ts';
import { recordedLeaves, recordedNames } from './reference/objects.ts';
import { recordedWebhookHashes, recordedWebhookRequests } from './reference/webhook.ts';
import { recordedConfigurationHashes } from './reference/webhook-configurations.ts';

/** Contents of the files of a CNI by name. */
function files(cni: Cni): Readonly<Record<string, string>> {
  return {
    'cases.yaml': yaml(
      recordedCases(cni),
      'Inputs of the recorded cases. `network` and `shoot` of a case are merge patches of those above.',
    ),
    'admission.yaml': yaml(
      recordedRequests(cni),
      'Recorded admission requests. `shoot` of a request is a merge patch of the one above, `old` of the one in the request.',
    ),
    'objects.txt': printHashes(
      recordedObjects(cni),
      'Objects that the Go extension had for the cases: a hash per leaf.',
    ),
    'installations.yaml': yaml(
      recordedInstallations(cni),
      'Values for the charts of the Go extension, and how its Deployment starts it.',
    ),
    'installations.txt': printHashes(
      recordedInstallationHashes(cni),
      'What the objects of these installations mean: a hash per leaf.',
    ),
    ...(cni === 'cilium' ? webhookFiles() : {}),
  };
}

function webhookFiles(): Readonly<Record<string, string>> {
  return {
    'webhook.yaml': yaml(
      recordedWebhookRequests(),
      'Recorded requests to the shoot webhook. `patch` is a merge patch of the object of this kind.',
    ),
    'webhook-configurations.txt': printHashes(
      recordedConfigurationHashes(),
      'Webhook configurations of the Go extension’s admission: a hash per leaf.',
    ),
    'webhook.txt': printHashes(
      recordedWebhookHashes(),
      'Responses of the Go extension to these requests: a hash per leaf.',
    ),
  };
}

function recordedObjects(cni: Cni): CaseHashes {
  const cases = recordedNames(cni).map((name) => {
    const objects = [...(recordedLeaves(cni, name) ?? [])];
    return [name, new Map(objects.map(([object, leaves]) => [object, hashLeaves(leaves)]))] as const;
  });
  return new Map(cases);
}

function yaml(value: object, comment: string): string {
  return `# ${comment}\n# Written by test/parity/record.ts.\n${printYaml(value)}`;
}

function main(check: boolean): number {
  if (!hasReference) {
    console.error('the recordings are not here: ../shared/reference');
    return 1;
  }
  let changed = 0;
  for (const cni of cnis) {
    for (const [name, text] of Object.entries(files(cni))) {
      const file = path.join(import.meta.dirname, cni, name);
      if (text === contentOf(file)) continue;
      changed += 1;
      console.log(`${check ? 'differs from the recordings' : 'written'}: ${path.relative(process.cwd(), file)}`);
      if (!check) writeFileSync(file, text);
    }
  }
  return check && changed > 0 ? 1 : 0;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

process.exitCode = main(process.argv.includes('--check'));
