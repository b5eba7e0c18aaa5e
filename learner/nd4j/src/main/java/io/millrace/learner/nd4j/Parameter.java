package io.millrace.learner.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/** A trainable array and the array its derivative is added to, both views of flat vectors. */
record Parameter(INDArray value, INDArray gradient) {}
