export { type Answered, type Client, type ClientOptions, createClient } from './client.js'
export { ApiError, FovealError, NetworkError, UploadError } from './errors.js'
export { type GalleryItem, type GalleryOptions, type GalleryPage, gallery, galleryPages } from './gallery.js'
export type { components, operations, paths } from './openapi.js'
export type { RetryPolicy } from './retries.js'
export type {
  Answer,
  Asset,
  AssetStatus,
  Filter,
  FoundAsset,
  Problem,
  ProblemCode,
  RequestOptions,
  Route,
} from './routes.js'
export { createSigner, type SignedState, type SignedUrl, type Signer, type SignerOptions } from './signer.js'
export { droppedFiles, folderFiles } from './uploads/dropped.js'
export { createUploads } from './uploads/index.js'
export { type PutOptions, putFile } from './uploads/put.js'
export { type FolderFile, openSource, type UploadSource } from './uploads/source.js'
export { indexedDbStore, memoryStore, type StoredUpload, type UploadStore } from './uploads/store.js'
export type { AddOptions, UploadItem, UploadStatus, Uploads, UploadsOptions } from './uploads/types.js'
