/** Auxiliary losses of a release, stateless; knows neither Kafka nor HTTP. */
@NullMarked
package io.millrace.serving.auxloss;

import org.jspecify.annotations.NullMarked;
