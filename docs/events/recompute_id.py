#!/usr/bin/env python3
"""Computes the id of every published event vector again, with the standard library only.

Usage: recompute_id.py [FOLDER]     (default: the folder `vectors` beside this script)
Exit code: 0 all agree, 1 one does not, 2 no vectors found.
"""
import hashlib
import json
import pathlib
import sys

TAG = b"rekindle/event/v1"
PREFIX = "rekor-evt-sha256:"


def canonical(facts):
    # RFC 8785. For facts this is all of it: keys are ASCII, so code point order is UTF-16 order,
    # and the only numbers are small integers. Python escapes strings as the RFC asks.
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def event_id(data):
    parts = hashlib.sha256(TAG)
    parts.update(len(data).to_bytes(8, "big"))
    parts.update(data)
    return PREFIX + parts.hexdigest()


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "vectors"
    files = sorted(folder.glob("*.json"))
    if not files:
        print(f"no vectors in {folder}", file=sys.stderr)
        return 2
    wrong = 0
    for file in files:
        vector = json.loads(file.read_text(encoding="utf-8"))
        data = canonical(vector["facts"])
        good = data == vector["canonical"].encode("utf-8") and event_id(data) == vector["id"]
        wrong += not good
        print(f"{'ok   ' if good else 'WRONG'} {file.stem} {event_id(data)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
