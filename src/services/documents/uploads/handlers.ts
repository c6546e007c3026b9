// The handlers of resumable uploads: each hands its call to the tus server, in the name of the acting unit.
import type { operations } from '../../../../openapi/types/documents.v1.ts';
import type { AnyRequest, Handlers } from '../../service.ts';
import type { TusCall, Uploads } from './types.ts';

type Uploading = Pick<
  Handlers<operations>,
  'createUpload' | 'getUploadOffset' | 'appendUpload' | 'deleteUpload'
>;

type UploadRequest = Pick<AnyRequest, 'caller' | 'headers' | 'content'>;

const collection = '/documents/v1/uploads';

const toContentHeaders = (content: UploadRequest['content']): Readonly<Record<string, string>> =>
  content === undefined
    ? {}
    : {
        'content-type': content.type,
        ...(content.bytes !== undefined && { 'content-length': String(content.bytes) }),
      };

/** Handlers of `createUpload`, `getUploadOffset`, `appendUpload` and `deleteUpload`. */
export function createUploading(uploads: Uploads): Uploading {
  const call = (method: TusCall['method'], path: string, { caller, headers, content }: UploadRequest) =>
    uploads.handleTus({
      ...{ method, path, headers: { ...headers, ...toContentHeaders(content) } },
      content,
      owner: { unit: caller.actingUnit.id, system: caller.system.id },
    });
  const toPath = (id: string): string => `${collection}/${id}`;
  return {
    createUpload: { handle: (request) => call('POST', collection, request) },
    getUploadOffset: { handle: (request) => call('HEAD', toPath(request.params.uploadId), request) },
    appendUpload: { handle: (request) => call('PATCH', toPath(request.params.uploadId), request) },
    deleteUpload: { handle: (request) => call('DELETE', toPath(request.params.uploadId), request) },
  };
}
