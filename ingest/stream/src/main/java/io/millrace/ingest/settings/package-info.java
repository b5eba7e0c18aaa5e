/**
 * What a settings record says of its components, once: meaning and allowed values, read by the
 * records themselves, by the reader of configurations and by the reference.
 */
@NullMarked
package io.millrace.ingest.settings;

import org.jspecify.annotations.NullMarked;
