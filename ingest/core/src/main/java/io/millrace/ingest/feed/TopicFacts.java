package io.millrace.ingest.feed;

/**
 * Which log a topic's name stands for now.
 *
 * @param clusterId Kafka cluster
 * @param topicId unique id; a topic made again under its name gets another
 * @param partitions how many
 */
record TopicFacts(String clusterId, String topicId, int partitions) {}
