/** The Kafka Streams topology raw to accepted or rejected. */
@NullMarked
package io.millrace.ingest.topology;

import org.jspecify.annotations.NullMarked;
