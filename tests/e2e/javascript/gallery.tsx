import { createClient } from '@foveal/client'
import { FovealImage, FovealProvider, useGallery } from '@foveal/client/react'
import { createRoot } from 'react-dom/client'

const { VITE_API_URL: api, VITE_TOKEN: token, VITE_TAG: tag, VITE_SECONDS: seconds } = import.meta.env
const client = createClient({ api, token })
const filter = { field: 'tags', eq: tag }

function Gallery() {
  const { assets, hasMore, loadMore } = useGallery(filter, { pageSize: 500 })
  return (
    <>
      {assets.map((asset) => (
        <FovealImage key={asset.asset_id} asset={asset} alt={asset.file_name ?? ''} />
      ))}
      {hasMore && (
        <button type="button" onClick={loadMore}>
          More
        </button>
      )}
    </>
  )
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <FovealProvider client={client} project="demo" {...(seconds ? { expiresInSeconds: Number(seconds) } : {})}>
    <Gallery />
  </FovealProvider>,
)
