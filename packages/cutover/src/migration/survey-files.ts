import type { CollectionDefinition } from "@cutover/core";
import { type Finding, FindingList } from "./finding-list.ts";
import { type OriginalGroup, originalGroups } from "./original-group.ts";
import type { PhaseProgress } from "./progress.ts";
import { faultOf, scanCollection } from "./scan-collection.ts";
import { SourceFile } from "./source-file.ts";

/** What a collection's file holds. */
export interface SurveyedCollection {
  readonly definition: CollectionDefinition;
  readonly exists: boolean;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** Records that can be taken over. */
  readonly records: number;
  readonly unusable: number;
}

/** What the files hold. */
export interface FileSurvey {
  readonly collections: readonly SurveyedCollection[];
  readonly findings: FindingList;
}

/** What to look through. */
export interface SurveyOptions {
  readonly folder: string;
  readonly collections: readonly CollectionDefinition[];
  readonly progress?: PhaseProgress;
  readonly signal?: AbortSignal | undefined;
}

async function surveyCollection(
  definition: CollectionDefinition,
  group: OriginalGroup,
  options: SurveyOptions & { readonly onFinding: (finding: Finding) => void },
): Promise<SurveyedCollection> {
  const source = await SourceFile.open(group.path);
  if (source === undefined) {
    return { definition, exists: false, sizeBytes: 0, records: 0, unusable: 0 };
  }
  const sizeBytes = Number(source.stats.size);
  let [records, unusable] = [0, 0];
  try {
    const tee = (chunk: Buffer): void =>
      options.progress?.advance(definition.name, { bytes: chunk.length });
    const chunks = source.chunks({ signal: options.signal, tee });
    for await (const batch of scanCollection(definition, chunks)) {
      for (const { finding } of batch) {
        if (finding === undefined) records += 1;
        else unusable += 1;
        if (finding !== undefined) options.onFinding(finding);
      }
    }
  } catch (error) {
    const fault = faultOf(definition, error);
    if (fault === undefined) throw error;
    options.onFinding(fault);
  } finally {
    await source.close();
  }
  return { definition, exists: true, sizeBytes, records, unusable };
}

/** Looks through every file, and writes nothing. */
export async function surveyFiles(options: SurveyOptions): Promise<FileSurvey> {
  const findings = new FindingList();
  const onFinding = (finding: Finding): void => findings.add(finding);
  const collections: SurveyedCollection[] = [];
  for (const group of originalGroups(options.folder, options.collections)) {
    for (const definition of group.collections) {
      collections.push(await surveyCollection(definition, group, { ...options, onFinding }));
    }
  }
  return { collections, findings };
}
