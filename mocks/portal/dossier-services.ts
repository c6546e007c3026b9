// The services of dossiers: pushing them and their progress, and looking them up.
// Source: public-service-portal.md §2, §4, §5, §6, §10.5 to §10.8, §10.10, §10.11.
import { createHmac } from 'node:crypto';
import type { Call, Done, Parts, Service } from './call.ts';
import { checkDossier, checkProgress, isFollower } from './checks.ts';
import { type Fields, readMember, readText, toCase, toRecords } from './fields.ts';
import { done, refuse } from './outcome.ts';
import { type Refusal, takeRecords } from './records.ts';

const toDossierCode = (fields: Fields): string => readText(fields, 'MaHoSo') ?? '';

function checkProcedure(
  fields: Fields,
  isUpdate: boolean,
  { settings, catalogue }: Parts,
): Refusal | undefined {
  const state = catalogue.stateOf(readText(fields, 'MaTTHC') ?? '');
  if (state === 'unknown') return { kind: 'procedure', reason: 'mã thủ tục hành chính không tồn tại' };
  if (state === 'withdrawn' && !(isUpdate && settings.withdrawnOn === 'create'))
    return { kind: 'procedure', reason: 'mã thủ tục hành chính đã bị bãi bỏ' };
  return undefined;
}

/** Why a dossier cannot be taken; what is held decides after what is written. */
function checkPush(fields: Fields, code: string, isUpdate: boolean, parts: Parts): Refusal | undefined {
  const mistakes = checkDossier(fields, parts.settings);
  if (mistakes.length > 0) return { kind: 'fields', reason: mistakes.join('; ') };
  const isKnown = parts.dossiers.has(code);
  if (!isUpdate && isKnown) return { kind: 'exists', reason: 'mã hồ sơ đã tồn tại' };
  if (isUpdate && !isKnown) return { kind: 'unknown', reason: 'mã hồ sơ không tồn tại' };
  const refusal = checkProcedure(fields, isUpdate, parts);
  if (refusal) return refusal;
  const held = parts.dossiers.statusOf(code);
  return held === undefined || isFollower(held, readText(fields, 'TrangThaiHoSo') ?? '')
    ? undefined
    : { kind: 'transition', reason: 'trạng thái hồ sơ không được chuyển như vậy' };
}

/** Takes dossiers as creates or as updates. */
export function pushDossiers(data: unknown, isUpdate: boolean, { unit, nowMs }: Call, parts: Parts): Done {
  const { settings, dossiers } = parts;
  const kind = isUpdate ? 'update' : 'create';
  return takeRecords(
    data,
    {
      ...{ kind, key: 'MaHoSo', most: settings.batchMost, thanks: 'Đồng bộ hồ sơ thành công' },
      toCode: toDossierCode,
      take: (fields, code) => {
        const refusal = checkPush(fields, code, isUpdate, parts);
        if (refusal) dossiers.noteRefusal(code);
        else dossiers.put(code, fields, kind, { unit, atMs: nowMs });
        return refusal;
      },
    },
    settings,
  );
}

/** Takes progress lines of dossiers that are held. */
export function pushProgress(data: unknown, { nowMs }: Call, { settings, dossiers }: Parts): Done {
  return takeRecords(
    data,
    {
      ...{ kind: 'progress', key: 'MaHoSo', most: settings.progressMost },
      thanks: 'Cập nhật tiến độ hồ sơ thành công',
      toCode: toDossierCode,
      take: (line, code) => {
        const mistakes = checkProgress(line, settings);
        if (mistakes.length > 0) return { kind: 'fields', reason: mistakes.join('; ') };
        if (!dossiers.has(code)) return { kind: 'unknown', reason: 'mã hồ sơ không tồn tại' };
        dossiers.addProgress(code, line, nowMs);
        return undefined;
      },
    },
    settings,
  );
}

/** `"True"` and `"False"`, as texts only; undefined for anything else. */
export function readUpdating(value: unknown): boolean | undefined {
  if (value === 'True') return true;
  return value === 'False' ? false : undefined;
}

/** `DongBoHoSoMC`. */
export const syncDossiers: Service = (call, parts) => {
  const isUpdate = readUpdating(readMember(call.input, 'isUpdating'));
  if (isUpdate === undefined)
    return { outcome: refuse(parts.settings, 'fields', 'isUpdating phải là "True" hoặc "False"') };
  return pushDossiers(readMember(call.input, 'data'), isUpdate, call, parts);
};

/** `CapNhatTienDoHoSoMC`. */
export const updateProgress: Service = (call, parts) =>
  pushProgress(readMember(call.input, 'data'), call, parts);

const changes = {
  asReceived: (name: string) => name,
  lower: (name: string) => name.toLowerCase(),
  upper: (name: string) => name.toUpperCase(),
} as const;

/** `TraCuuHoSo`: as it was known the lag ago. */
export const lookUpDossier: Service = ({ input, fault, nowMs }, { settings, dossiers }) => {
  const asked = (readText(input, 'mahoso') ?? '').slice(0, 80);
  const lagMs = fault?.mode === 'readLag' ? fault.delayMs : settings.lookLagMs;
  const held = dossiers.asOf(asked, nowMs - lagMs);
  if (held) {
    const row = { ...held.fields, DanhSachTienDo: held.progress };
    return { asked, outcome: done(toRecords(toCase(row, changes[settings.answerCase])) ?? []) };
  }
  if (settings.lookMiss === 'error')
    return { asked, outcome: refuse(settings, 'unknown', 'mã hồ sơ không tồn tại') };
  return { asked, outcome: done([]) };
};

/** `TraCuuTechID`: invented, the same for the same number and seed. The number is not kept. */
export const lookUpTechId: Service = ({ input }, { settings }) => {
  const number = readText(input, 'mstorcmnd') ?? '';
  if (readText(input, 'provider') !== 'wso2is')
    return { outcome: refuse(settings, 'general', 'provider không hợp lệ') };
  if (!/^(\d{9}|\d{10}(-\d{3})?|\d{12})$/.test(number))
    return { outcome: refuse(settings, 'fields', 'mstorcmnd không hợp lệ') };
  if (number.endsWith('000')) return { outcome: refuse(settings, 'unknown', 'không tìm thấy TechID') };
  const hash = createHmac('sha256', `tech-id ${settings.seed}`).update(number).digest('hex');
  return { outcome: done({ TechID: `${hash.slice(0, 8)}-${hash.slice(8, 12)}-${hash.slice(12, 24)}` }) };
};
