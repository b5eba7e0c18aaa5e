#!/usr/bin/env python3
"""Reads Millrace's embeddings with a plain Kafka client.

    pip install confluent-kafka
    python3 read_embeddings.py localhost:9092 --model millrace

Prints the version that serves, how many images it has, and the nearest
neighbors of a few of them; with --follow, every embedding as it comes.

What the topics hold (prefix "millrace." unless configured otherwise):

embeddings         key    imageId@version (the last @ counts); an id "bytes:..."
                          is a key that is no text, in base64url
                   value  little-endian float32, unit length; none: forgotten
                   headers model.id, model.version, dim, dtype, norm,
                          preproc.hash, source.topic, source.partition,
                          source.offset: UTF-8 text
embedding.refresh  key    version/partition
                   value  JSON with "state" (STARTED, PROGRESS, COMPLETE),
                          "partitions" and "promotion"; none: version retired

The version that serves is the one with the highest promotion whose partitions
are all COMPLETE for it. Vectors of two versions must never be compared. Both
topics are written in transactions, so read them as read_committed.
"""

import argparse
import json
import struct
import sys

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, TopicPartition


def open_topic(servers, topic, offset):
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "read_embeddings",  # asked for, not used: nothing is committed
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    found = consumer.list_topics(topic, timeout=10).topics[topic]
    if found.error is not None:
        sys.exit(f"topic {topic}: {found.error}")
    consumer.assign([TopicPartition(topic, n, offset) for n in found.partitions])
    return consumer, len(found.partitions)


def records(consumer):
    """Yields (key, value, headers), and None whenever a partition is at its end."""
    while True:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error() is None:
            yield message.key().decode(), message.value(), dict(message.headers() or [])
        elif message.error().code() == KafkaError._PARTITION_EOF:
            yield None
        else:
            sys.exit(str(message.error()))


def read_to_end(servers, topic):
    """Yields (key, value, headers) from the topic's start to its present end."""
    consumer, at_work = open_topic(servers, topic, OFFSET_BEGINNING)
    for record in records(consumer):
        if record is not None:
            yield record
            continue
        at_work -= 1
        if at_work == 0:
            break
    consumer.close()


def serving_version(servers, prefix, model):
    """The version that serves, or None."""
    latest = {}
    for key, value, _ in read_to_end(servers, prefix + "embedding.refresh"):
        if value is None:
            latest.pop(key, None)
        else:
            latest[key] = json.loads(value)
    by_version = {}
    for record in latest.values():
        if record["model"] == model:
            by_version.setdefault(record["version"], []).append(record)
    best = None
    for version, parts in by_version.items():
        promotion = max(r["promotion"] for r in parts)
        complete = len(parts) >= max(r["partitions"] for r in parts) and all(
            r["state"] == "COMPLETE" and r["promotion"] == promotion for r in parts
        )
        if complete and (best is None or promotion > best[0]):
            best = (promotion, version)
    return None if best is None else best[1]


def vector(value):
    return struct.unpack(f"<{len(value) // 4}f", value)


def embeddings(servers, prefix, version):
    """Vectors of one version by image id."""
    found = {}
    for key, value, _ in read_to_end(servers, prefix + "embeddings"):
        image, _, of = key.rpartition("@")
        if of == str(version):
            if value is None:
                found.pop(image, None)
            else:
                found[image] = vector(value)
    return found


def nearest(image, vectors, count):
    """The images most like one, by cosine: all vectors have unit length."""
    own = vectors[image]
    scored = (
        (sum(a * b for a, b in zip(own, other)), name)
        for name, other in vectors.items()
        if name != image
    )
    return sorted(scored, reverse=True)[:count]


def follow(servers, prefix, version):
    consumer, _ = open_topic(servers, prefix + "embeddings", OFFSET_END)
    for record in records(consumer):
        if record is None:
            continue
        key, value, headers = record
        image, _, of = key.rpartition("@")
        if of == str(version):
            norm = "forgotten" if value is None else headers["norm"].decode()
            print(f"{image}  {norm}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("servers", help="such as localhost:9092")
    parser.add_argument("--prefix", default="millrace.", help="topic prefix")
    parser.add_argument("--model", default="millrace")
    parser.add_argument("--show", type=int, default=5, help="images to show")
    parser.add_argument("--follow", action="store_true", help="go on printing")
    args = parser.parse_args()

    version = serving_version(args.servers, args.prefix, args.model)
    if version is None:
        sys.exit(f"no version of {args.model} is complete yet")
    vectors = embeddings(args.servers, args.prefix, version)
    print(f"{args.model}@{version}: {len(vectors)} images")
    for image in sorted(vectors)[: args.show]:
        like = ", ".join(f"{n} {s:.3f}" for s, n in nearest(image, vectors, 3))
        print(f"{image}: {like}")
    if args.follow:
        follow(args.servers, args.prefix, version)


if __name__ == "__main__":
    main()
