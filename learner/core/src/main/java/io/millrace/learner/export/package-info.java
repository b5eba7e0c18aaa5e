/** Releases as files for other programs: safetensors and ONNX. */
@NullMarked
package io.millrace.learner.export;

import org.jspecify.annotations.NullMarked;
