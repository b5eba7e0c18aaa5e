/** Spans of images by OpenTelemetry, over OTLP; off unless configured. */
@NullMarked
package io.millrace.ops.tracing;

import org.jspecify.annotations.NullMarked;
