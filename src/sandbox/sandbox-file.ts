// var/sandbox/sandbox.json: where the sandbox is and with which credentials it is called. Written whole, mode 0600.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A system of the sandbox and where its private key lies. */
export interface SandboxCredential {
  readonly clientId: string;
  readonly privateKeyFile: string;
}

/** An account at a source. */
export interface SourceAccount {
  readonly user: string;
  readonly secret: string;
}

/** A client of the document axis and the unit codes that it serves. */
export interface AxisSystem {
  readonly systemId: string;
  readonly secret: string;
  readonly codes: readonly string[];
}

/** Where a mock is, by the names of its addresses. */
export interface MockPlace {
  readonly url: string;
  readonly faultUrl: string;
  readonly journalUrl: string;
  /** The source's own list of the calls that we made: one `day` (yyyy-MM-dd), as NDJSON. */
  readonly callsUrl?: string;
}

/** Where the mocks are, by source; addresses other than `url` hold a secret: whoever knows them may use them. */
export interface MockPlaces {
  readonly population: MockPlace & {
    readonly peopleUrl?: string;
    readonly credentials: SourceAccount;
    /** Known to the mock and to nobody else: for registering a unit's own, and another to replace it. */
    readonly spareCredentials: readonly SourceAccount[];
    /** Codes of units and numbers of officers, known to the mock and not yet registered. Invented. */
    readonly spareUnits: readonly string[];
    readonly spareOfficers: readonly string[];
  };
  /** `outside` is the system of everybody else: who calls the mock as it plays the agencies outside. */
  readonly 'document-axis': MockPlace & { readonly outside: AxisSystem };
  readonly 'virus-scanner': MockPlace;
  readonly 'payment-platform': MockPlace & {
    /** Pays without a browser, sends any CONFIRM, asks for a bill, makes a day's file differ, sets the clock. */
    readonly payUrl?: string;
    readonly confirmUrl?: string;
    readonly billUrl?: string;
    readonly reconciliationUrl?: string;
    readonly settingsUrl?: string;
  };
  /** `caller` is the account by which the portal calls the hub. */
  readonly portal: MockPlace & {
    readonly dossiersUrl?: string;
    readonly inboundUrl?: string;
    readonly catalogueUrl?: string;
    readonly credentials: SourceAccount;
    readonly caller: SourceAccount;
  };
}

/** The content of the file. */
export interface SandboxFile {
  readonly environment: 'sandbox';
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** The hub's metrics, reached from this machine only; absent when switched off. */
  readonly metricsUrl?: string;
  /** Verifier key of the exchange log. */
  readonly logKey: string;
  /** Verifier keys of the log's witnesses. */
  readonly witnesses?: readonly string[];
  readonly systems: readonly (SandboxCredential & {
    readonly unitId: string;
    readonly actingUnits: readonly string[];
    /** The first officer of its first acting unit. */
    readonly officerId?: string | undefined;
  })[];
  readonly mocks: Partial<MockPlaces>;
  readonly admin: SandboxCredential;
  /** A second administrator: who asks does not decide. */
  readonly approver: SandboxCredential;
  readonly auditor: SandboxCredential;
}

/** Writes the file whole or not at all. */
export function writeSandboxFile(file: string, content: SandboxFile): void {
  const temporary = `${file}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}

/** @throws Error in one sentence when the sandbox was never started */
export function readSandboxFile(file: string): SandboxFile {
  try {
    // Written by writeSandboxFile of this very version: the build and the file belong to one checkout.
    return JSON.parse(readFileSync(file, 'utf8')) as SandboxFile;
  } catch {
    throw new Error(
      `${file} cannot be read; start the sandbox with npm start, or name its folder in VAR_DIR as it was started with`,
    );
  }
}
