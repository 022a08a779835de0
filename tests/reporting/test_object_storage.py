"""Output to object storage, against a local server that speaks S3."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atopic.errors import ReportError, UsageError
from atopic.reporting.plan.build_record import RECORD
from atopic.reporting.site.object_storage import is_remote, local_folder, mirrored
from tests.conftest import REPOSITORY
from tests.test_cli import run

pytest.importorskip("s3fs", reason="needs the extra s3")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import s3fs

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    files.makedirs("bucket", exist_ok=True)  # an empty one is not removed
    yield files
    files.invalidate_cache()
    files.rm("bucket", recursive=True)


def record(*names: str) -> str:
    reports = {"a": {"outputs": dict.fromkeys(names, "")}}
    return json.dumps({"outputs": {"index.html": ""}, "reports": reports})


def put(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_a_build_lands_there_and_the_next_one_finds_it(bucket: Any) -> None:
    with mirrored("s3://bucket/site") as folder:
        assert list(folder.iterdir()) == []
        put(folder, a_html="one", a__t_csv="two", index_html="three")
        (folder / RECORD).write_text(record("a.html", "a/t.csv"))
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a/t.csv") == b"two"
    assert bucket.cat_file("bucket/site/index.html") == b"three"
    with mirrored("s3://bucket/site") as folder:
        assert (folder / "a.html").read_text() == "one"
        assert (folder / "a" / "t.csv").read_text() == "two"
        (folder / "a" / "t.csv").unlink()
        (folder / "a.html").write_text("new")
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a.html") == b"new"
    assert not bucket.exists("bucket/site/a/t.csv")


def test_what_the_build_did_not_write_stays(bucket: Any) -> None:
    bucket.pipe_file("bucket/site/notes.txt", b"mine")
    with mirrored("s3://bucket/site") as folder:
        assert not (folder / "notes.txt").exists()
        put(folder, a_html="one")
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/notes.txt") == b"mine"


def test_a_record_that_points_elsewhere_is_not_followed(bucket: Any) -> None:
    bucket.pipe_file(f"bucket/site/{RECORD}", record("../../outside.html", "/etc/passwd").encode())
    with mirrored("s3://bucket/site") as folder:
        assert [path.name for path in folder.iterdir()] == [RECORD]


def test_what_was_built_before_a_failure_is_put_there(bucket: Any) -> None:
    def interrupted() -> None:
        with mirrored("s3://bucket/site") as folder:
            put(folder, a_html="one")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/a.html") == b"one"


def test_a_bucket_that_is_not_there_is_named_before_anything_is_built(bucket: Any) -> None:
    with (
        pytest.raises(ReportError, match=r"s3://nowhere/site: cannot be written: "),
        mirrored("s3://nowhere/site"),
    ):
        pytest.fail("it would have been built")


def test_credentials_that_are_refused_are_told_before_anything_is_built(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    async def refuse(*_arguments: Any, **_options: Any) -> None:
        raise PermissionError("The AWS Access Key Id you provided does not exist in our records.")

    def build() -> None:
        with mirrored("s3://bucket/site"):
            pytest.fail("it would have been built")

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "_call_s3", refuse)
        with pytest.raises(ReportError, match="cannot be read: PermissionError: The AWS Access"):
            build()


@pytest.mark.parametrize(
    ("address", "words"), [("nonsense://x", "nonsense"), ("s3://", "names no place")]
)
def test_an_address_that_nothing_can_write_to_is_wrong_usage(address: str, words: str) -> None:
    with pytest.raises(UsageError, match=words), mirrored(address):
        pass


def test_a_file_address_is_that_folder(tmp_path: Path) -> None:
    address = f"file://{tmp_path}/our%20site"
    assert not is_remote(address)
    assert local_folder(address) == tmp_path / "our site"
    assert local_folder("site") == Path("site")
    with pytest.raises(UsageError, match="names no folder of this machine"):
        local_folder("file://other/site")


def test_each_file_has_the_type_that_a_browser_needs(bucket: Any) -> None:
    with mirrored("s3://bucket/site") as folder:
        put(folder, a_html="<p>", a__t_csv="a,b", a__f_svg="<svg/>", index_html="<p>")
        (folder / RECORD).write_text("{}")
    found = {
        name: head(bucket, f"site/{name}") for name in ("a.html", "a/t.csv", "a/f.svg", RECORD)
    }
    assert found == {
        "a.html": "text/html", "a/t.csv": "text/csv", "a/f.svg": "image/svg+xml",
        RECORD: "application/json",
    }  # fmt: skip


def head(bucket: Any, key: str) -> str:
    kind: str = bucket.call_s3("head_object", Bucket="bucket", Key=key)["ContentType"]
    return kind


def written(bucket: Any) -> dict[str, bytes]:
    bucket.invalidate_cache()
    return {name: bucket.cat_file(name) for name in bucket.find("bucket/site")}


def test_two_builds_at_once_do_not_mix(bucket: Any) -> None:
    def late(now: str) -> None:
        with mirrored("s3://bucket/site") as folder:
            put(folder, a_html="of the late one", index_html="of the late one")
            (folder / RECORD).write_text(record("a.html"))
            with mirrored("s3://bucket/site") as other:
                put(other, a_html=now, index_html=now)
                (other / RECORD).write_text(record("a.html") + f"\n{now}")

    for now in ("first", "second"):  # where there was nothing, and where there was a record
        if now == "second":
            names = {f"bucket/site/{name}" for name in ("a.html", "index.html", RECORD)}
        with pytest.raises(ReportError, match="another build has written there meanwhile"):
            late(now)
        assert set(written(bucket)) >= {f"bucket/site/{name}" for name in ("a.html", RECORD)}
        assert b"of the late one" not in written(bucket).values()
    assert set(written(bucket)) == names


def test_only_what_changed_is_written_and_what_others_changed_is_made_good(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    with mirrored("s3://bucket/site") as folder:
        put(folder, a_html="one", b_html="two", c_html="three", index_html="four")
        (folder / RECORD).write_text(record("a.html", "b.html", "c.html"))
    before = written(bucket)
    bucket.pipe_file("bucket/site/a.html", b"altered")
    bucket.rm_file("bucket/site/b.html")
    sent = []
    put_file = s3fs.S3FileSystem._put_file

    async def noted(self: Any, here: str, there: str, **options: Any) -> None:
        sent.append(there)
        await put_file(self, here, there, **options)

    monkeypatch.setattr(s3fs.S3FileSystem, "_put_file", noted)
    with mirrored("s3://bucket/site") as folder:
        assert (folder / "a.html").read_text() == "altered"
        assert not (folder / "b.html").exists()
        put(folder, a_html="one", b_html="two")
    assert sorted(sent) == ["bucket/site/a.html", "bucket/site/b.html"]
    assert written(bucket) == before


def test_a_connection_that_breaks_leaves_the_record_of_before(
    bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import s3fs

    with mirrored("s3://bucket/site") as folder:
        put(folder, a_html="one", index_html="two")
        (folder / RECORD).write_text(record("a.html"))
    before = written(bucket)
    put_file = s3fs.S3FileSystem._put_file

    async def breaking(self: Any, here: str, there: str, **options: Any) -> None:
        if there.endswith("index.html"):
            raise OSError("Connection reset by peer")
        await put_file(self, here, there, **options)

    def again() -> None:
        with mirrored("s3://bucket/site") as folder:
            put(folder, a_html="new", index_html="new")
            (folder / RECORD).write_text(record("a.html") + "\n")

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "_put_file", breaking)
        with pytest.raises(ReportError, match="cannot be written: OSError: Connection reset"):
            again()
    name = f"bucket/site/{RECORD}"
    assert written(bucket)[name] == before[name]
    again()
    assert written(bucket)["bucket/site/index.html"] == b"new"


@pytest.mark.slow
def test_papermill_writes_there_by_its_own_handler_with_the_warm_engine(bucket: Any) -> None:
    arguments = ["-m", "papermill", "--engine", "atopic", "--no-progress-bar"]
    notebook = str(REPOSITORY / "notebooks" / "response_rates.ipynb")
    for source in (notebook, "s3://bucket/out.ipynb"):
        done = subprocess.run(
            [sys.executable, *arguments, source, "s3://bucket/out.ipynb", "-p", "method", "wilson"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        bucket.invalidate_cache()
        cells = json.loads(bucket.cat_file("bucket/out.ipynb"))["cells"]
        assert any(output.get("data") for cell in cells for output in cell.get("outputs", []))


@pytest.mark.slow
def test_atopic_build_writes_to_s3_and_reuses_what_is_there(bucket: Any) -> None:
    arguments = ["build", "controlled-easi-75", "--out", "s3://bucket/site"]
    first = run(*arguments)
    assert (first.returncode, first.stderr.count("failed")) == (0, 0)
    bucket.invalidate_cache()
    page = bucket.cat_file("bucket/site/controlled-easi-75.html").decode()
    assert "14/59" in page
    assert bucket.exists("bucket/site/controlled-easi-75/differences.csv")
    assert bucket.exists("bucket/site/data/responses.html")
    again = run(*arguments)
    assert "0 built, 1 reused, 0 failed" in again.stdout
    assert again.stdout.endswith("s3://bucket/site/index.html\n")
    assert run(*arguments, "--verify").returncode == 0
    bucket.pipe_file("bucket/site/controlled-easi-75.html", b"altered")
    other = run(*arguments, "--verify")
    assert other.returncode == 1
    assert other.stderr.count("s3://bucket/site/controlled-easi-75.html:1: differs") == 1
    bucket.invalidate_cache()
    assert bucket.cat_file("bucket/site/controlled-easi-75.html") == b"altered"
    nowhere = run("build", "--out", "s3://bucket/none", "--verify")
    assert nowhere.returncode == 1
    assert nowhere.stderr == (
        "atopic: s3://bucket/none: there is no build to compare with; run atopic build first\n"
    )
    lost = run("build", "controlled-easi-75", "--out", "s3://nowhere/site")
    assert (lost.returncode, lost.stdout, lost.stderr.count("\n")) == (1, "", 1)
    refused = run(*arguments, "--watch")
    assert refused.returncode == 2
    assert refused.stderr == "atopic: --watch writes to a folder; s3://bucket/site is none\n"
