import { createClient } from '@foveal/client'
import { FovealImage, FovealProvider, useGallery } from '@foveal/client/react'
import { useEffect } from 'react'
import { createRoot } from 'react-dom/client'

const { VITE_API_URL: api, VITE_TOKEN: token, VITE_TAG: tag, VITE_SECONDS: seconds } = import.meta.env
const client = createClient({ api, token })
const filter = { field: 'tags', eq: tag }

function Gallery() {
  const { assets, hasMore, isLoading, loadMore } = useGallery(filter, { pageSize: 500 })
  useEffect(() => {
    if (hasMore && !isLoading) loadMore()
  }, [hasMore, isLoading, loadMore])
  return assets.map((asset) => <FovealImage key={asset.asset_id} asset={asset} alt={asset.file_name ?? ''} />)
}

createRoot(document.getElementById('app') as HTMLElement).render(
  <FovealProvider client={client} project="demo" {...(seconds ? { expiresInSeconds: Number(seconds) } : {})}>
    <Gallery />
  </FovealProvider>,
)
