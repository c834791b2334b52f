import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './ui/tokens.css'
import './ui/base.css'
import { Start } from './app/start'
import { installTrustedTypes } from './app/trusted-types'

installTrustedTypes()

createRoot(document.getElementById('app') as HTMLElement).render(
  <StrictMode>
    <Start />
  </StrictMode>,
)
