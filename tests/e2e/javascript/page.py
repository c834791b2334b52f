"""Pages of `@foveal/client` as an application has them: built by Vite, served from a real origin."""

import functools
import os
from pathlib import Path

from tests.e2e.page_server import Files
from tools.node import program, script

WEB = Path(__file__).resolve().parents[3] / "web"
HTML = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Foveal</title>{style}<div id="app"></div>{script}'
SCRIPT = '<script type="module" src="/main.tsx"></script></html>'
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
COMPILER = """{
  "compilerOptions": {
    "target": "es2022", "module": "esnext", "moduleResolution": "bundler", "jsx": "react-jsx", "strict": true,
    "lib": ["es2023", "dom", "dom.iterable"], "types": ["vite/client"], "noEmit": true, "skipLibCheck": true
  },
  "include": ["main.tsx"]
}"""


@functools.cache
def build_client() -> None:
    """Build `@foveal/client` as its package has it."""
    script(WEB, "build")


def compiled(folder: Path, source: str) -> None:
    """Compile a program in strict TypeScript in a new folder. Raises CalledProcessError with the compiler's errors."""
    build_client()
    folder.mkdir()
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    (folder / "main.tsx").write_text(source)
    (folder / "tsconfig.json").write_text(COMPILER)
    program(WEB, "tsc", "--project", str(folder))


def built(folder: Path, source: str, style: str = "", **variables: str) -> Files:
    """Compile a page, build it with Vite in a new folder, and return its files.

    `variables` are those of `import.meta.env`.
    """
    compiled(folder, source)
    (folder / "index.html").write_text(HTML.format(style=style, script=SCRIPT))
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    program(WEB, "vite", "build", str(folder), "--outDir", str(folder / "dist"), "--logLevel", "warn")
    dist = folder / "dist"
    names = [Path(root) / name for root, _, files in os.walk(dist) for name in files]
    files = {f"/{name.relative_to(dist)}": (CONTENT_TYPES[name.suffix], name.read_text()) for name in names}
    return {"/": files["/index.html"], **files}
