"""Reports > Access matrix: who of the team has access to which clients, and how (F-241)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from clients.filters import ClientFilter
from clients.models import Connection
from clients.models.connections import ConnectionQuerySet
from clients.models.matrix import Cell, Matrix, Way, reportable
from clients.models.matrix_file import FILE_HEADER, copy_csv, copy_rows
from clients.views.reporting import (
    counted_page,
    named,
    query_of,
    require_reports,
    staff_for,
    standing_of_now,
)
from practice.http import STOPPED, FirmRequest, render_page, stream
from practice.models import BranchMembership, TeamMember
from practice.paging import Order, Page, paginate
from practice.permissions import Standing
from practice.spreadsheets import BYTE_ORDER_MARK, CSV_TYPE, XLSX_TYPE, xlsx_file
from practice.text import tidy

STAFF_SHOWN = 20
PEOPLE_PER_PIECE = 50
MOST_IN_WORKBOOK = 1_048_575  # rows of a sheet, less its heading
IN_ORDER = Order(("name_sort", "id"))
SHOWN = ("name", "name_sort", "client_number", "branch__name")
FILTERS = ("q", "branch", "who")
PIECE = 65_536
TOO_LONG = (
    "A worksheet ends at 1,048,576 rows, and this matrix has more. Take the CSV, which has no end,"
    " or filter the matrix first."
)


@dataclass(frozen=True)
class Question:
    """What the address asks for, within what the standing may read about."""

    standing: Standing
    params: Any

    @property
    def words(self) -> dict[str, str]:
        return {name: tidy(self.params.get(name, ""))[:200] for name in FILTERS}

    @property
    def clients(self) -> ConnectionQuerySet:
        rows, words = reportable(self.standing), self.words
        if words["branch"]:
            rows = rows.filter(branch__name__icontains=words["branch"])
        if words["q"]:
            rows = ClientFilter({}, queryset=rows).by_text(rows, "q", words["q"])
        return rows

    @property
    def staff(self) -> QuerySet[TeamMember]:
        words = self.words
        rows = staff_for(self.standing).filter(is_active=True, user__is_active=True)
        if words["branch"]:
            places = BranchMembership.objects.filter(branch__name__icontains=words["branch"])
            placed = places.filter(firm_id=self.standing.firm_id).values("member_id")
            rows = rows.filter(Q(pk__in=placed) | ~Q(parent_role=""))
        return named(rows, words["who"]).select_related("user").order_by("user__full_name", "pk")


@require_GET
def access_matrix(request: FirmRequest) -> HttpResponse:
    require_reports(request)
    question = Question(request.standing, request.GET)
    clients = question.clients.select_related("branch").only(*SHOWN)
    page = paginate(clients, IN_ORDER, request.GET)
    people = question.staff.only("user__full_name", "user__email")
    staff = counted_page(people, request.GET, "staff", STAFF_SHOWN)
    context = {
        "page": page,
        "staff": staff,
        "rows": list(rows_of(request.firm.pk, page, staff)),
        "words": question.words,
        "export_query": query_of(request.GET, FILTERS),
        "is_filtered": any(question.words.values()),
    }
    return render_page(request, "clients/access_matrix.html", context, fragment="matrix")


@dataclass(frozen=True)
class Slot:
    """One square of the matrix, in words."""

    member: TeamMember
    word: str = "–"
    how: str = ""


def rows_of(
    firm_id: int, page: Page[Connection], staff: Page[TeamMember]
) -> Iterator[tuple[Connection, list[Slot]]]:
    """Each client with a slot per person; most of them are the same empty one."""
    ids = [row.pk for row in page]
    people = [member.pk for member in staff]
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=firm_id, pk__in=ids)
    cells = Matrix(firm_id, people, rows).cells() if ids and people else []
    by_client: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_client[cell.connection_id].append(cell)
    places = {member.pk: (number, member) for number, member in enumerate(staff)}
    empty = [Slot(member) for member in staff]
    for row in page:
        slots = empty.copy()
        for cell in by_client[row.pk]:
            number, member = places[cell.member_id]
            slots[number] = slot_of(member, row, cell)
        yield row, slots


def slot_of(member: TeamMember, row: Connection, cell: Cell) -> Slot:
    return Slot(member, cell.word, how(cell.way, cell.word, row.branch.name, cell.tie_word))


@lru_cache(maxsize=4096)
def how(way: Way, word: str, branch: str, tie: str) -> str:
    """How the access comes about, and the assignment that may stand beside a role."""
    ways = {
        Way.PARENT: f"By the parent role {word}.",
        Way.BRANCH: f"By the role {word} on {branch}.",
        Way.ADDED: f"“View All Clients” was added to the role on {branch}.",
        Way.TIE: "",
        Way.CROSS: "Works across branches.",
    }
    assigned = f"Assigned: {tie}." if tie else ""
    return " ".join(filter(None, [ways[way], assigned]))


@require_GET
def access_matrix_export(request: FirmRequest) -> HttpResponseBase:
    """Everything the filter leaves, one row per person and client; memory stays flat."""
    require_reports(request)
    question = Question(request.standing, request.GET)
    if request.GET.get("format") != "xlsx":
        return stream(
            request, lambda: csv(request), content_type=CSV_TYPE, filename="access-matrix.csv"
        )
    people = list(question.staff.values_list("pk", flat=True))
    matrix = Matrix(request.firm.pk, people, question.clients)
    if matrix.count(MOST_IN_WORKBOOK + 1) > MOST_IN_WORKBOOK:
        messages.error(request, TOO_LONG)
        back = query_of(request.GET, FILTERS)
        return redirect(f"{request.path.removesuffix('export/')}{back}")
    return stream(
        request, lambda: workbook(request), content_type=XLSX_TYPE, filename="access-matrix.xlsx"
    )


def pieces(request: FirmRequest) -> Iterator[Matrix | None]:
    """Some people at a time, each piece under the rights of its moment; None when they are lost."""
    after: tuple[str, int] | None = None
    while True:
        standing = standing_of_now(request)
        if standing is None:
            yield None
            return
        question = Question(standing, request.GET)
        people = next_people(question.staff, after)
        if not people:
            return
        yield Matrix(request.firm.pk, [pk for _, pk in people], question.clients)
        after = people[-1]


def next_people(
    staff: QuerySet[TeamMember], after: tuple[str, int] | None
) -> Sequence[tuple[str, int]]:
    if after:
        name, pk = after
        staff = staff.filter(Q(user__full_name__gt=name) | Q(user__full_name=name, pk__gt=pk))
    return list(staff.values_list("user__full_name", "pk")[:PEOPLE_PER_PIECE])


def csv(request: FirmRequest) -> Iterator[str]:
    yield BYTE_ORDER_MARK + ",".join(FILE_HEADER) + "\n"
    for matrix in pieces(request):
        if matrix is None:
            yield f"{STOPPED}\n"
            return
        yield from copy_csv(matrix)


def workbook(request: FirmRequest) -> Iterator[bytes]:
    """Made on disk, row by row, then sent; a list that became too long in between ends there."""
    with xlsx_file(FILE_HEADER, workbook_rows(request), sheet="Access") as file:
        while data := file.read(PIECE):
            yield data


def workbook_rows(request: FirmRequest) -> Iterator[Sequence[Any]]:
    left = MOST_IN_WORKBOOK
    for matrix in pieces(request):
        if matrix is None:
            yield [STOPPED]
            return
        for row in copy_rows(matrix):
            if not left:
                return
            left -= 1
            yield row
