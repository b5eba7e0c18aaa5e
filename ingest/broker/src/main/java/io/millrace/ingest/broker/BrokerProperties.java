package io.millrace.ingest.broker;

import java.util.Properties;

/** Broker properties for one node that shares a small machine with a learner. */
final class BrokerProperties {
  static final int NODE_ID = 1;

  private static final int MIB = 1 << 20;

  private BrokerProperties() {}

  static Properties small(int maxMessageBytes) {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", String.valueOf(NODE_ID));

    p.put("auto.create.topics.enable", "false");
    p.put("default.replication.factor", "1");
    p.put("offsets.topic.replication.factor", "1");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("share.coordinator.state.topic.replication.factor", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("offsets.topic.num.partitions", "4");
    p.put("transaction.state.log.num.partitions", "4");
    p.put("share.coordinator.state.topic.num.partitions", "1");

    // The controller takes the leadership away from a broker that it has not heard of for so long,
    // and clients fail until it is back. Both share a process with a learner: on a laptop that
    // builds or swaps besides it is not run for a second or two, so one second was too little.
    // Longer than this (Kafka's own is 9 s) would only delay the start after a kill, which waits
    // for the old session of this very broker; a first start and one after a clean stop do not.
    p.put("broker.session.timeout.ms", "6000");
    p.put("broker.heartbeat.interval.ms", "500");
    p.put("group.min.session.timeout.ms", "1000");
    p.put("group.initial.rebalance.delay.ms", "0");

    p.put("message.max.bytes", String.valueOf(maxMessageBytes));
    p.put("replica.fetch.max.bytes", String.valueOf(maxMessageBytes));
    long request = Math.max(32L * MIB, 2L * maxMessageBytes);
    p.put("socket.request.max.bytes", String.valueOf(request));
    p.put("queued.max.request.bytes", String.valueOf(2 * request));

    // Memory and threads. The cleaner's map alone is 128 MiB of heap by default; 4 MiB hold
    // 150,000 keys a pass.
    p.put("log.cleaner.dedupe.buffer.size", String.valueOf(4 * MIB));
    p.put("log.cleaner.threads", "1");
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "4");
    p.put("background.threads", "2");
    p.put("num.recovery.threads.per.data.dir", "1");
    p.put("offsets.load.buffer.size", String.valueOf(MIB));
    p.put("transaction.state.log.load.buffer.size", String.valueOf(MIB));
    p.put("log.index.size.max.bytes", String.valueOf(MIB));
    p.put("offsets.topic.segment.bytes", String.valueOf(16 * MIB));
    p.put("transaction.state.log.segment.bytes", String.valueOf(16 * MIB));
    p.put("metadata.log.segment.bytes", String.valueOf(16 * MIB));
    p.put("metadata.log.max.record.bytes.between.snapshots", String.valueOf(4 * MIB));
    p.put("metadata.max.retention.bytes", String.valueOf(64 * MIB));

    p.put("log.segment.bytes", String.valueOf(Math.max(64 * MIB, 2 * maxMessageBytes)));
    p.put("log.retention.check.interval.ms", "60000");
    return p;
  }
}
