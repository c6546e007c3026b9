// How records are pushed in generation A: services of the integration endpoint. Source: public-service-portal.md §1.1, §2
import type { PortalClient } from './client.ts';
import type { Driver } from './driver.ts';

/** The driver of generation A. §11.2: the flag is a text. */
export const createGenerationA = (client: PortalClient): Driver => ({
  sendDossiers: (data, isUpdate, asking) =>
    client.ask('integration', 'DongBoHoSoMC', { isUpdating: isUpdate ? 'True' : 'False', data }, asking),
  sendLines: (data, asking) => client.ask('integration', 'CapNhatTienDoHoSoMC', { data }, asking),
});
