/** The embedded Kafka broker. */
@NullMarked
package io.millrace.ingest.broker;

import org.jspecify.annotations.NullMarked;
