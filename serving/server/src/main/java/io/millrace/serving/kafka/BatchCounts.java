package io.millrace.serving.kafka;

/** What became of the records of one partition in one transaction. */
final class BatchCounts {
  int embedded;
  int forgotten;
  int unembeddable;
}
