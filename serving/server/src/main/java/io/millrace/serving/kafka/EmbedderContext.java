package io.millrace.serving.kafka;

import io.millrace.ingest.stream.Propagation;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;

/**
 * What is shared by the embedders of one process.
 *
 * @param acceptedId id of that topic: of one that was made again, former positions mean nothing
 * @param positions where the embedders of a version go on, by partition, as is committed
 * @param propagation what embeddings and targets carry of their images' producers
 */
record EmbedderContext(
    String acceptedTopic,
    String acceptedId,
    String refreshTopic,
    EmbeddingPublisher publisher,
    DecodePool decoders,
    ServingSettings settings,
    ServingMetrics metrics,
    InstantSource clock,
    Supplier<Set<Long>> versionsWithEmbeddings,
    LongFunction<Map<TopicPartition, Long>> positions,
    LongSupplier promotedVersion,
    String targetsTopic,
    Propagation propagation) {}
