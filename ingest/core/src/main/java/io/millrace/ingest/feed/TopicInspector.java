package io.millrace.ingest.feed;

import java.util.concurrent.CompletionStage;

/** Asks the cluster about the feed's topic. */
interface TopicInspector extends AutoCloseable {
  /** Asks without waiting. */
  CompletionStage<TopicFacts> inspect();

  @Override
  void close();
}
