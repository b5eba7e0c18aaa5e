/** Embeds images with one version of a model; knows no Kafka. */
@NullMarked
package io.millrace.serving.embed;

import org.jspecify.annotations.NullMarked;
