"""Bill: sums, discount, template, workload formulas against hand-computed cases, cluster, alternatives."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foveal.operations.cost import alternatives, cluster, deployment, workload
from foveal.operations.cost.bill import Bill, Quantity, priced, replaced
from foveal.operations.cost.cluster import Size
from foveal.operations.cost.deployment import Deployment
from foveal.operations.cost.price_list import PriceListError, built_in
from foveal.operations.cost.workload import GB, Workload

PRICES = built_in()
AMOUNTS = st.dictionaries(st.sampled_from(sorted(PRICES)), st.floats(0, 1e12), max_size=20)


def bill_of(amounts: dict[str, float], *, discount: float = 0) -> Bill:
    quantities = [Quantity(meter, amount, "given", "modelled") for meter, amount in amounts.items()]
    return priced(quantities, PRICES, discount=discount)


@given(AMOUNTS, st.floats(0, 1))
def test_totals_are_the_sums_of_the_lines(amounts: dict[str, float], discount: float) -> None:
    bill = bill_of(amounts, discount=discount)
    assert {line.quantity.meter for line in bill.lines} == set(amounts)
    assert bill.list_total == pytest.approx(sum(bill.services.values()))
    assert bill.list_total == pytest.approx(sum(PRICES[meter].charge(each) for meter, each in amounts.items()))
    assert 0 <= bill.total <= bill.list_total * (1 + 1e-9)


@given(AMOUNTS, st.sampled_from(sorted(PRICES)), st.floats(0, 1e12))
def test_bill_grows_with_each_quantity(amounts: dict[str, float], meter: str, more: float) -> None:
    larger = {**amounts, meter: amounts.get(meter, 0) + more}
    assert bill_of(larger).total >= bill_of(amounts).total * (1 - 1e-9)


def test_free_part_is_given_once_when_template_and_use_name_the_same_meter() -> None:
    twice = priced(
        [Quantity("sqs.requests", 800_000, "a", "template"), Quantity("sqs.requests", 800_000, "b", "measured")], PRICES
    )
    (line,) = twice.lines
    assert line.usd == pytest.approx(0.6 * 0.40)  # 1.6 million less one free million
    assert line.quantity.formula == "a + b"


def test_discount_leaves_mongodb_alone() -> None:
    bill = bill_of({"s3.standard": 1_000, "atlas.M30": 730}, discount=0.1)
    assert bill.total == pytest.approx(1_000 * 0.023 * 0.9 + 730 * 0.54)


def test_bill_names_a_meter_without_a_price() -> None:
    with pytest.raises(PriceListError, match=r"s3\.unknown"):
        bill_of({"s3.unknown": 1})


def test_measured_quantities_take_the_place_of_modelled_ones() -> None:
    modelled = [Quantity("s3.read", 5, "m", "modelled"), Quantity("s3.write", 5, "m", "modelled")]
    found = replaced(modelled, [Quantity("s3.read", 7, "x", "measured")])
    assert {(each.meter, each.amount) for each in found} == {("s3.read", 7), ("s3.write", 5)}


def test_until_now_charges_measured_flows_as_they_are_and_levels_by_time() -> None:
    flow = Quantity("api.requests", 4e6, "f", "measured", so_far=1e6)
    level = Quantity("s3.standard", 1_000, "l", "measured")
    bill = priced([flow, level], PRICES, elapsed=0.25)
    assert bill.so_far == pytest.approx(1.00 + 23.00 * 0.25)
    assert bill.total == pytest.approx(4.00 + 23.00)


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Secret": {"Type": "AWS::SecretsManager::Secret"},
        "Other": {"Type": "AWS::SecretsManager::Secret"},
        "Key": {"Type": "AWS::KMS::Key"},
        **{f"Alarm{n}": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}} for n in range(11)},
        "Rate": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {"Metrics": [{"Expression": "a/b"}, {"MetricStat": {}}, {"MetricStat": {}}]},
        },
        "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{}, {}, {}]}},
        "Nat": {"Type": "AWS::EC2::NatGateway"},
        "Endpoint": {
            "Type": "AWS::EC2::VPCEndpoint",
            "Properties": {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]},
        },
        "Gateway": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}},
        **{
            f"{name}Schedule": {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {
                    "ScheduleExpression": "rate(1 minute)",
                    "Target": {"Arn": {"Fn::GetAtt": [f"Functions{name}66EFBB2C", "Arn"]}},
                },
            }
            for name in ("Sweep", "Journal")
        },
        "FunctionsIngest66EFBB2C": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 2048}},
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"InventoryConfigurations": [{"ScheduleFrequency": "Daily"}]},
        },
    }
}


def test_fixed_costs_of_a_template_are_those_of_the_hand_computed_case() -> None:
    stack = deployment.read(TEMPLATE)
    usd = {line.quantity.meter: line.usd for line in priced(stack.fixed, PRICES).lines}
    assert usd == pytest.approx(
        {
            "secrets.secrets": 0.80,  # 2 × 0.40
            "kms.keys": 1.00,
            "cloudwatch.alarms": 0.30,  # 11 of one metric + 1 of two, less 10 free: 3 × 0.10
            "waf.acls": 5.00,
            "waf.rules": 3.00,
            "vpc.nat": 32.85,  # 730 h × 0.045
            "vpc.endpoints": 14.60,  # 2 zones × 730 h × 0.01; a gateway endpoint is free
            "scheduler.invocations": 0.00,  # 87,600, within 14 million
        }
    )
    assert stack.schedule_runs == {"sweep": 43_800, "journal": 43_800}
    assert stack.memory_gb("ingest") == 2
    assert stack.memory_of("FunctionsIngest66EFBB2C") == 2
    assert stack.memory_gb("render") == 1769 / 1024
    assert stack.inventories == pytest.approx(30.42, abs=0.01)
    assert not stack.has_tiering


def test_million_assets_cost_what_was_computed_by_hand() -> None:
    """A million assets of 1 MiB, ten thousand new ones, without views: each amount is written out."""
    work = Workload(
        objects=1e6,
        bytes_per_object=2**20,
        new_objects=10_000,
        rendition_bytes=2**17,
        renditions=2,
        annotations_per_object=5,
    )
    stack = Deployment(inventories=30, schedule_runs={"sweep": 43_800}, archive_days=0, log_days=30, memory_mb={})
    amounts = {each.meter: each.amount for each in workload.quantities(work, stack)}
    assert amounts == pytest.approx(
        {
            "s3.tiering.frequent": 976.5625,  # 1e6 × 2^20 / 2^30 = 1e6 / 1024
            "s3.tiering.monitoring": 1e6,
            "s3.transition": 1e4,
            "s3.standard": 122.0703125,  # 1e6 × 2^17 / 2^30
            "s3.tags": 1e6,
            "s3.inventory": 30e6,
            "s3.write": 40_000,  # 1e4 × (2 + 2)
            "s3.read": 30_000,  # 1e4 × 3
            "lambda.requests": 10_000 + 1_000 + 10_000 + 43_800,
            # begin 1e4 × 0.03 s, ingest 1e4 / 200 s, render 1e4 × 1 s × 1769/1024, sweep 43,800 × 1 s × 0.5
            "lambda.duration": 300 + 50 + 17_275.390625 + 21_900,
            "api.requests": 10_000,
            "events.published": 20_000,
            "sqs.requests": 12_000 + 30_000 + 1_314_000,
            "logs.in": 64_800 * 1_000 / GB,
            "logs.kept": 64_800 * 1_000 / GB * 30 / (730 / 24),
        }
    )
    bill = priced([*workload.quantities(work, stack), cluster.quantity(cluster.size_of(work))], PRICES)
    # 976.5625 × 0.023 = 22.4609; 122.0703 × 0.023 = 2.8076; monitoring 2.50; moves 0.10; tags 0.65; inventory 0.075;
    # writes 0.20; reads 0.012
    assert bill.services["S3"] == pytest.approx(28.8055, abs=1e-4)
    # (2,749 + 5 × 111) × 1e6 = 3.3 GB of indexes, a third 1.1 GB; 4.2 GB on disk: M10, 730 × 0.08
    assert bill.services["MongoDB Atlas"] == pytest.approx(58.40)


def test_journal_has_lines_of_its_own_that_cost_what_was_computed_by_hand() -> None:
    """730 h × 60 runs of 30 s with 512 MB, beside a sweep of the same schedule."""
    runs = {"sweep": 43_800.0, "journal": 43_800.0}
    stack = Deployment(schedule_runs=runs, memory_mb={"journal": 512, "sweep": 512}, log_days=0)
    bill = priced(workload.quantities(Workload(objects=0, bytes_per_object=0), stack), PRICES)
    lines = {(line.quantity.meter, line.quantity.part): line for line in bill.lines}
    assert {key: line.quantity.amount for key, line in lines.items() if key[1]} == {
        ("lambda.requests", "journal"): 43_800,
        ("lambda.duration", "journal"): 657_000,  # 43,800 × 30 s × 0.5 GB
        ("s3.read", "journal"): 87_600,  # 43,800 × 2
        ("s3.write", "journal"): 4_380,  # one each ten minutes
    }
    assert lines["lambda.requests", ""].quantity.amount == 43_800, "the sweep alone"
    assert lines["lambda.duration", ""].usd == 0  # 21,900 GB-s, within 400,000
    journal = lines["lambda.duration", "journal"]
    assert journal.title == "Duration × memory, arm64, journal"
    assert journal.quantity.formula == "43,800 runs × 30 s × 0.5 GB"
    # of 678,900 GB-s 400,000 are free, of which the sweep took 21,900: 278,900 × 0.0000133334
    assert journal.usd == pytest.approx(3.718685)
    assert lines["s3.read", "journal"].usd == pytest.approx(0.03504)  # 87.6 × 0.0004
    assert lines["s3.write", "journal"].usd == pytest.approx(0.0219)  # 4.38 × 0.005


@pytest.mark.parametrize(
    ("new", "annotations", "segments"),
    [(0, 0, 4_380), (10_000, 100_000, 11_000), (1e6, 0, 131_400)],  # a segment each ten minutes; 43,800 × 3 at most
)
def test_segments_of_the_journal_are_one_for_each_change_within_bounds(
    new: float, annotations: float, segments: float
) -> None:
    work = Workload(objects=1e6, bytes_per_object=1, new_objects=new, annotation_writes=annotations)
    found = workload.quantities(work, Deployment(schedule_runs={"journal": 43_800}))
    assert [each.amount for each in found if each.meter == "s3.write" and each.part] == [segments]


def test_part_of_a_meter_is_charged_on_top_of_the_rest() -> None:
    rest = Quantity("sqs.requests", 800_000, "a", "measured", so_far=400_000)
    part = Quantity("sqs.requests", 800_000, "b", "measured", so_far=700_000, part="x")
    first, second = priced([part, rest], PRICES).lines
    assert (first.usd, first.usd_so_far) == (0, 0)  # within a free million
    assert (second.usd, second.usd_so_far) == pytest.approx((0.24, 0.04))  # 0.6 and 0.1 million × 0.40
    assert replaced([rest, part], [Quantity("sqs.requests", 1, "m", "measured", part="x")])[0] is rest


@given(st.floats(1, 1e10), st.floats(1, 1e10))
def test_workload_at_another_number_of_assets_keeps_what_happens_to_each(objects: float, at: float) -> None:
    work = replace(workload.profile("medium"), objects=objects)
    moved = work.at(at)
    assert moved.objects == at
    assert moved.new_objects / moved.objects == pytest.approx(work.new_objects / work.objects)
    assert moved.bytes_per_object == work.bytes_per_object


@pytest.mark.parametrize(
    ("indexes", "data", "meter", "shards"),
    [
        (1e9, 1e9, "atlas.M10", 1),
        (6.1e9, 1e9, "atlas.M20", 1),  # a third is 2.03 GB: more than 2
        (1e9, 30e9, "atlas.M30", 1),  # disk decides
        (3.3e12, 0.94e12, "atlas.M80", 9),  # 1,100 GB in use / 128 GB: the billion of docs/scale.md
    ],
)
def test_cluster_is_the_smallest_that_holds_indexes_and_data(
    indexes: float, data: float, meter: str, shards: int
) -> None:
    found = cluster.quantity(Size(indexes, data))
    assert (found.meter, found.amount) == (meter, shards * 730)


def test_cluster_takes_the_tier_that_is_given_and_refuses_an_unknown_one() -> None:
    assert cluster.quantity(Size(1e9, 1e9), tier="M30", shards=2).amount == 1_460
    with pytest.raises(ValueError, match="M11"):
        cluster.quantity(Size(1e9, 1e9), tier="M11")


def test_alternatives_cost_what_was_computed_by_hand() -> None:
    # 100,000 × (2 MB + 0) / 2^30 = 186.2645 GB stored; 1e6 × 1 MB / 2^30 = 931.3226 GB delivered
    work = Workload(objects=1e5, bytes_per_object=2e6, new_objects=0, views=1e6, bytes_per_view=1e6)
    totals = {name: bill.total for name, bill in alternatives.bills(work).items()}
    assert totals == pytest.approx(
        {
            "Supabase Storage": 25 + 86.2645 * 0.021 + 681.3226 * 0.09,
            "Cloudflare R2": 176.2645 * 0.015,  # a million reads lie within ten free millions
            "Cloudinary": (186.2645 + 931.3226) * 0.415,
        },
        abs=1e-3,
    )
    assert set(totals) == set(alternatives.COVERS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("objects = -1", "objects is a number, 0 or more"),
        ("cdn_hit_ratio = 1.5", "a share"),
        ("unread_30_days = 0.8\nunread_90_days = 0.8", "at most 1 together"),
        ("colour = 1", "unknown member colour"),
        ("objects = 'many'", "objects is a number"),
        ("objects", "Expected"),
    ],
)
def test_workload_file_with_faults_is_refused_in_words(tmp_path: Any, text: str, told: str) -> None:
    file = tmp_path / "usage.toml"
    file.write_text(text)
    with pytest.raises(workload.WorkloadError, match=told):
        workload.load(file)
