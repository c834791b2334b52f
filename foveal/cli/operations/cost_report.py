"""Output of `foveal cost`: a table by service on a terminal, lines with tabs elsewhere, or JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from foveal.cli.output import Output, console
from foveal.operations.cost import alternatives
from foveal.operations.cost.bill import Bill, Line

WIDE: Final = 110
"""Columns of a terminal from which on the price of each line is shown."""
MARK: Final = "*"
CENT: Final = 0.01
MILLION: Final = 1e6
TITLE_WIDTH, QUANTITY_WIDTH, PRICE_WIDTH, USD_WIDTH = 46, 20, 40, 11


def show(output: Output, bill: Bill, heading: str, *, elapsed: float, explain: bool) -> None:
    """Print a bill. `elapsed` is the share of the month that was measured, 0 for a workload that was given."""
    if output.as_json:
        for line in bill.lines:
            output.json(_object(line))
        output.json(_totals(bill, elapsed))
    elif output.is_terminal:
        _table(bill, heading, elapsed, explain)
    else:
        for line in bill.lines:
            output.line(*map(str, _object(line).values()))
        output.line("total", *(f"{name} {value}" for name, value in _totals(bill, elapsed)["total"].items()))
    unverified = len({each.quantity.meter for each in bill.lines if each.price.unverified})
    if unverified:
        output.say(f"{MARK} {unverified} prices are in part from memory, not from a source; --explain says which part.")


def show_alternatives(output: Output, bills: Mapping[str, Bill], ours: Bill) -> None:
    """Print the totals of alternatives beside ours."""
    rows = [("Foveal", ours, "this bill"), *((name, each, alternatives.COVERS[name]) for name, each in bills.items())]
    if output.as_json:
        for name, bill, covers in rows[1:]:
            lines = [_object(line) for line in bill.lines]
            output.json({"alternative": name, "usd": _cents(bill.total), "covers": covers, "lines": lines})
    elif output.is_terminal:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        table.add_column()
        for name, bill, covers in rows:
            mark = MARK if any(line.price.unverified for line in bill.lines) else " "
            table.add_row(name, Text(f"{bill.total:,.2f}{mark}", "bold"), Text(covers, "bright_black"))
        console().print(Text("\nThe same workload elsewhere, USD a month", "bold"), table)
    else:
        for name, bill, covers in rows:
            output.line(name, str(_cents(bill.total)), covers)


def _table(bill: Bill, heading: str, elapsed: float, explain: bool) -> None:
    from rich.padding import Padding
    from rich.text import Text

    screen = console()
    price_width = PRICE_WIDTH if screen.width >= WIDE else 0

    def row(name: str, usd: str, *, quantity: str = "", price: str = "", style: str = "") -> None:
        text = Text(f"{name:<{TITLE_WIDTH}}{quantity:>{QUANTITY_WIDTH}}  ", style)
        text.append(f"{price:<{price_width}}"[:price_width], "bright_black")
        screen.print(text.append(f"{usd:>{USD_WIDTH}}", style), no_wrap=True)

    screen.print(Text(heading, "bright_black"))
    for service in sorted(bill.services, key=lambda name: -bill.services[name]):
        screen.print()
        row(service, _usd(bill.services[service]), style="bold")
        for line in (each for each in bill.lines if each.price.service == service):
            row(
                f"  {line.title}",
                _usd(line.usd).rstrip() + (MARK if line.price.unverified else " "),
                quantity=f"{_amount(line.quantity.amount)} {_units(line)}",
                price=line.price.brief(),
                style="bright_black" if line.usd < CENT / 2 else "",
            )
            if explain:
                for text in _explained(line):
                    screen.print(Padding(Text(text, "bright_black"), (0, 0, 0, 4)))
    screen.print()
    if bill.discount:
        row(f"Discount, {bill.discount * 100:g} % on AWS", f"-{_usd(bill.saved)}")
    if elapsed:
        row("Until now", _usd(bill.so_far))
    row("Month", _usd(bill.total), style="bold")


def _explained(line: Line) -> Iterator[str]:
    yield f"{line.quantity.basis}: {line.quantity.formula}"
    yield f"{line.price.words()}; {line.price.source}, {line.price.as_of}"
    if line.price.unverified:
        yield f"from memory: {line.price.unverified}"


def _object(line: Line) -> dict[str, Any]:
    quantity, price = line.quantity, line.price
    return {
        "service": price.service,
        "meter": quantity.meter,
        "quantity": float(f"{quantity.amount:.6g}"),
        "unit": price.unit,
        "usd": _cents(line.usd),
        "basis": quantity.basis,
        "formula": quantity.formula,
        "price": price.words(),
        "source": price.source,
        "as_of": price.as_of.isoformat(),
        "unverified": price.unverified,
        "part": quantity.part,
    }


def _totals(bill: Bill, elapsed: float) -> dict[str, Any]:
    services = {name: _cents(usd) for name, usd in bill.services.items()}
    total = {"list": _cents(bill.list_total), "discount": _cents(bill.saved), "month": _cents(bill.total)}
    if elapsed:
        total["until_now"] = _cents(bill.so_far)
    return {"services": services, "total": total, "currency": "USD"}


def _cents(usd: float) -> float:
    return round(usd, 2)


def _usd(usd: float) -> str:
    return f"{usd:,.2f} "


def _units(line: Line) -> str:
    unit = line.price.unit
    return unit if unit.startswith("GB") or line.quantity.amount == 1 else f"{unit}s"


def _amount(amount: float) -> str:
    """Return a quantity with about three digits: 1.36 M, 4,310, 0.03."""
    if amount >= MILLION:
        text = f"{amount / MILLION:.3g}" if amount < 1e3 * MILLION else f"{amount / MILLION:,.0f}"
        return f"{text} M"
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:.3g}"


def warn_of_age(output: Output, old: Sequence[Any], days: int) -> None:
    """Say which prices are older than so many days."""
    if old:
        first = old[0]
        output.say(
            f"{len(old)} prices are older than {days} days, the oldest of {first.as_of} ({first.title}): "
            "`foveal cost refresh` reads AWS's current ones."
        )
