// Generation B: three addresses that take a bare JSON array, and the variant with unit and flag in the query string.
// Source: public-service-portal.md §1.2, §10.14.
import type { ServerResponse } from 'node:http';
import type { Call, Done } from './call.ts';
import { pushDossiers, pushProgress, readUpdating } from './dossier-services.ts';
import { type ExchangeParts, type FaceCall, serveCall } from './exchange.ts';
import { parseJson } from './http.ts';
import { type Outcome, refuse } from './outcome.ts';
import { checkUnit } from './units.ts';

/** The addresses by their keys in the reference. */
export type Purpose = 'create' | 'update' | 'progress';

/** A single record is answered by the call's own code and message. */
function shorten({ result, ...outcome }: Outcome): Outcome {
  const isBatch = Array.isArray(result) && result.length > 1;
  return isBatch ? { ...outcome, result } : outcome;
}

function push(purpose: Purpose, data: unknown, call: Call, parts: ExchangeParts): Done {
  if (!Array.isArray(data))
    return { outcome: refuse(parts.settings, 'general', 'dữ liệu phải là danh sách') };
  if (purpose === 'progress') return pushProgress(data, call, parts);
  return pushDossiers(data, purpose === 'update', call, parts);
}

const serviceOf = (purpose: Purpose): string =>
  purpose === 'progress' ? 'CapNhatTienDoHoSoMC' : 'DongBoHoSoMC';

/** Serves one of the three addresses. */
export async function serveArray(
  response: ServerResponse,
  body: Buffer,
  purpose: Purpose,
  parts: ExchangeParts,
): Promise<void> {
  const face: FaceCall = {
    ...{ service: serviceOf(purpose), generation: 'B', unit: undefined, input: {}, shorten },
    check: () => undefined,
    run: (call) => push(purpose, parseJson(body), call, parts),
  };
  await serveCall(response, face, parts);
}

/** Serves the query-string variant. */
export async function serveQuery(
  response: ServerResponse,
  body: Buffer,
  query: URLSearchParams,
  parts: ExchangeParts,
): Promise<void> {
  const { settings } = parts;
  const unit = query.get('MaDinhDanhDV') ?? undefined;
  const isUpdate = readUpdating(query.get('isUpdating'));
  const mistake = checkUnit(unit ?? '', settings);
  const face: FaceCall = {
    ...{ service: 'DongBoHoSoMC', generation: 'query', unit, input: {}, shorten },
    check: () => {
      if (mistake !== undefined) return refuse(settings, 'unit', mistake);
      return isUpdate === undefined
        ? refuse(settings, 'fields', 'isUpdating phải là True hoặc False')
        : undefined;
    },
    run: (call) => push(isUpdate ? 'update' : 'create', parseJson(body), call, parts),
  };
  await serveCall(response, face, parts);
}
