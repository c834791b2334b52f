export {
  DEFAULT_RENDITIONS,
  FovealProvider,
  type FovealProviderProps,
  type Renditions,
  type Session,
  useFoveal,
} from './context.js'
export { FovealImage, type FovealImageProps, type PictureAsset } from './image.js'
export { type UseGallery, type UseGalleryOptions, useGallery } from './use-gallery.js'
export { type UseUpload, type UseUploadOptions, useUpload } from './use-upload.js'
