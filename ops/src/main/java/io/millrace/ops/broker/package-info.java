/** The embedded Kafka broker. */
@NullMarked
package io.millrace.ops.broker;

import org.jspecify.annotations.NullMarked;
