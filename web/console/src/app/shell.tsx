/** Frame of every page of a project: sections, account, and the place of the screen. */
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { ChevronsUpDown, CircleUser, Database, Folder, Images, ListChecks, Tags, Upload } from 'lucide-react'
import { lazy, type ReactElement, Suspense, useRef } from 'react'
import { LOCALES, type Locale, setLocale, setTheme, type Theme, useLocale, useTheme } from '../text/preferences'
import { afterPictures } from '../ui/after-pictures'
import { Button } from '../ui/button'
import { EmptyState } from '../ui/notice'
import { Menu, MenuItem, MenuSection } from '../ui/overlay'
import { Toasts } from '../ui/toasts'
import { useApp, useRole } from './context'
import { DropTarget } from './drop-target'
import { ProjectProvider } from './project'
import styles from './shell.module.css'
import { texts } from './texts'

// Not needed for the first picture of a gallery.
const UploadBadge = lazy(() =>
  afterPictures(() => import('../upload/badge')).then((found) => ({ default: found.UploadBadge })),
)

const SECTIONS = [
  { to: '/p/$project/assets', icon: Images, text: 'assets' },
  { to: '/p/$project/upload', icon: Upload, text: 'upload' },
  { to: '/p/$project/review', icon: ListChecks, text: 'review' },
  { to: '/p/$project/labels', icon: Tags, text: 'labels' },
  { to: '/p/$project/datasets', icon: Database, text: 'datasets' },
  { to: '/p/$project/settings', icon: Folder, text: 'project' },
] as const

export function ProjectShell(): ReactElement {
  const text = texts.use()
  const { project } = useParams({ from: '/p/$project' })
  const role = useRole(project)
  const main = useRef<HTMLElement>(null)
  if (!role)
    return (
      <main className={styles.alone}>
        <EmptyState isPage title={text.noSuchProject} action={<Link to="/">{text.toProjects}</Link>}>
          {text.noSuchProjectHelp(project)}
        </EmptyState>
      </main>
    )
  return (
    <ProjectProvider project={project}>
      <div className={styles.shell}>
        <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
          {text.skip}
        </button>
        <main ref={main} id="main" className={styles.main} tabIndex={-1}>
          <Outlet />
        </main>
        <nav className={styles.rail} aria-label={text.navigation}>
          <div className={styles.brand}>
            <Link to="/" aria-label={text.projects}>
              <img className={styles.mark} src={`${import.meta.env.BASE_URL}icon.svg`} alt="" />
            </Link>
            <ProjectMenu project={project} />
          </div>
          <div className={styles.links}>
            {SECTIONS.map(({ to, icon: Icon, text: name }) => (
              <Link key={to} to={to} params={{ project }} className={styles.link ?? ''} title={text[name]}>
                <Icon aria-hidden />
                <span>{text[name]}</span>
                <Suspense>{name === 'upload' ? <UploadBadge /> : null}</Suspense>
              </Link>
            ))}
          </div>
          <AccountMenu />
        </nav>
      </div>
      <DropTarget />
      <Toasts />
    </ProjectProvider>
  )
}

function ProjectMenu({ project }: { project: string }): ReactElement {
  const { account } = useApp()
  const navigate = useNavigate()
  return (
    <Menu
      aria-label={texts.use().projects}
      onAction={(name) => navigate({ to: '/p/$project/assets', params: { project: String(name) } })}
      trigger={
        <Button kind="quiet">
          <span>{project}</span>
          <ChevronsUpDown aria-hidden />
        </Button>
      }
    >
      {account.projects.map(({ name }) => (
        <MenuItem key={name} id={name} textValue={name}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  )
}

function AccountMenu(): ReactElement {
  const text = texts.use()
  const { session, account, config } = useApp()
  const navigate = useNavigate()
  const theme = useTheme()
  const locale = useLocale()
  const stage = config.stage === 'prod' ? '' : config.stage
  const name = session.name() ?? account.subject
  return (
    <div className={styles.account}>
      <Menu
        aria-label={text.account}
        trigger={
          <Button kind="quiet" aria-label={[text.account, name, stage].filter(Boolean).join(' ')}>
            <CircleUser aria-hidden />
            <span>{name}</span> {stage ? <small className={styles.stage}>{stage}</small> : null}
          </Button>
        }
      >
        <MenuSection
          title={text.theme}
          selectionMode="single"
          selectedKeys={[theme]}
          onSelectionChange={(chosen) => setTheme(chosen as Theme)}
        >
          {(['system', 'light', 'dark'] as const).map((each) => (
            <MenuItem key={each} id={each}>
              {text[each]}
            </MenuItem>
          ))}
        </MenuSection>
        <MenuSection
          title={text.language}
          selectionMode="single"
          selectedKeys={[locale]}
          onSelectionChange={(chosen) => setLocale(chosen as Locale)}
        >
          {Object.entries(LOCALES).map(([id, name]) => (
            <MenuItem key={id} id={id}>
              {name}
            </MenuItem>
          ))}
        </MenuSection>
        <MenuSection title={text.account}>
          {account.is_operator ? (
            <MenuItem onAction={() => navigate({ to: '/operations' })}>{text.operations}</MenuItem>
          ) : null}
          <MenuItem onAction={() => session.signOut()}>{text.signOut}</MenuItem>
        </MenuSection>
      </Menu>
    </div>
  )
}
