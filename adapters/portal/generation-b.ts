// How records are pushed in generation B: bare lists to an address for each thing, or with unit and flag in the query
// string. Source: public-service-portal.md §1.2
import { toUnitCode } from './client.ts';
import type { Driver } from './driver.ts';
import type { ArrayFace, PortalSettings } from './settings.ts';
import type { Asking, PortalWire } from './wire.ts';

/** The driver of generation B. */
export function createGenerationB(face: ArrayFace, settings: PortalSettings, wire: PortalWire): Driver {
  const toUrl = (isUpdate: boolean, asking: Asking): string => {
    const url = new URL(isUpdate ? face.updateUrl : face.createUrl);
    if (face.query) {
      url.searchParams.set(face.query.unit, toUnitCode(asking, settings));
      url.searchParams.set(face.query.isUpdating, isUpdate ? 'True' : 'False');
    }
    return url.href;
  };
  return {
    sendDossiers: (body, isUpdate, asking) => wire.post({ url: toUrl(isUpdate, asking), body }, asking),
    sendLines: (body, asking) => wire.post({ url: face.progressUrl, body }, asking),
  };
}
