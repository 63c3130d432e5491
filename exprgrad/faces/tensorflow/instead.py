"""What TensorFlow 1 has and `exprgrad.static` has not, with what to write instead."""

from __future__ import annotations

from typing import Final

from exprgrad.faces.answers import by_name

_STEP: Final = "feed the values, and step in Python: w = w - 0.1*sess.run(slope, {x: w})"
_VARIABLE: Final = "make it a placeholder and feed its value; step in Python between two runs"
_NUMPY: Final = "compute it in numpy from what sess.run gives, and feed the result"
_RANDOM: Final = "numpy makes random numbers: feed numpy.random.default_rng(0).normal(size=3)"
_TYPES: Final = "numbers are tf.float64 or tf.float32"
_GRAPH: Final = "there is no default graph: a node knows its graph, and tf.Session() runs any"
_SUMS: Final = "write it with sums and products: tf.reduce_sum(x*y, axis), tf.matmul(x, y)"
_SHAPES: Final = "tf.reshape, tf.transpose, tf.expand_dims, tf.concat and tf.stack arrange elements, x[1:] takes some"
_LINEAR: Final = "tf.linalg has det, inv, solve, norm and matmul; numpy.linalg has the rest, for constants"
_LAYER: Final = "write the layer as a formula: tf.nn.relu(tf.matmul(x, w) + b)"
_LOSS: Final = "write the formula: tf.reduce_mean((x - y)**2), -tf.reduce_sum(y*tf.log(p))"

# By names of a node's attributes.
NODE: Final[dict[str, str]] = {
    "eval run": "with tf.Session() as sess: sess.run(x, feed_dict)",
    "get_shape set_shape": "x.shape is a tuple; tf.placeholder(tf.float64, shape=[2, 3]) declares it",
    "assign assign_add assign_sub initializer initialized_value load read_value value_index trainable": _VARIABLE,
    "numpy item tolist backward grad requires_grad": "sess.run(x) has the value; tf.gradients(y, x) is a node",
    "consumers device experimental_ref ref": "",
}

# By names of a graph's and a session's.
GRAPH: Final[dict[str, str]] = {
    "as_default as_graph_def get_operations get_operation_by_name get_tensor_by_name get_collection add_to_collection "
    "name_scope device control_dependencies version seed": _GRAPH,
}
SESSION: Final[dict[str, str]] = {
    "as_default graph graph_def sess_str": _GRAPH,
    "partial_run partial_run_setup make_callable list_devices reset": "sess.run(fetches, feed_dict)",
}

# By names of the module's.
MODULE: Final = by_name(
    {
        "Variable get_variable variable_scope get_variable_scope trainable_variables global_variables local_variables "
        "global_variables_initializer initialize_all_variables local_variables_initializer variables_initializer "
        "assign assign_add assign_sub": _VARIABLE,
        "train optimizers": _STEP,
        "GradientTape": "tf.gradients(y, x)",
        "layers keras estimator contrib slim": _LAYER,
        "losses metrics": _LOSS,
        "placeholder_with_default": "any node may be fed: x = tf.constant(1.0), feed_dict={x: 2.0}",
        "InteractiveSession get_default_session get_default_graph reset_default_graph name_scope device "
        "control_dependencies group no_op colocate_with": _GRAPH,
        "int8 int16 int32 int64 uint8 bool string float16 half bfloat16 complex64 complex128 DType as_dtype cast "
        "to_float to_double to_int32 to_int64 double float": _TYPES,
        "random random_normal random_uniform truncated_normal set_random_seed random_shuffle multinomial": _RANDOM,
        "argmax argmin reduce_euclidean_norm top_k unique sort argsort is_nan is_inf is_finite "
        "confusion_matrix": _NUMPY,
        "einsum tensordot add_n squared_difference accumulate_n cumprod scan map_fn foldl segment_sum": _SUMS,
        "range fill one_hot convert_to_tensor linspace lin_space meshgrid": "tf.constant of a numpy array",
        "identity": "+x",
        "rsqrt": "1/tf.sqrt(x)",
        "reciprocal": "1/x",
        "clip_by_value": "tf.minimum(tf.maximum(x, low), high)",
        "rint": "tf.round(x)",
        "truncatediv": "tf.trunc(x/y)",
        "logical_and logical_or logical_xor": "x*y is x and y, tf.maximum(x, y) is x or y",
        "case switch_case": "tf.cond(pred, true_fn, false_fn)",
        "slice strided_slice split unstack tile pad reverse boolean_mask gather_nd pack unpack flatten rank shape size "
        "broadcast_to matrix_transpose matrix_diag matrix_diag_part": _SHAPES,
        "svd qr cholesky self_adjoint_eig matrix_solve_ls": "numpy.linalg has it, for constants",
        "Print print Assert assert_equal summary": "sess.run gives the values; look at them in Python",
        "app flags logging gfile python_io data io saved_model": "write it in Python",
        "function": "tf.Session() compiles a graph once, and runs it for the next values",
        "errors": "errors are exprgrad.ExprErrors, which are RuntimeErrors or ValueErrors, too",
        "enable_eager_execution": "exprgrad.dynamic computes at once, by PyTorch's names",
        "newaxis": "x[None] has a new axis",
        "Tensor Operation": "exprgrad.static.Node",
        "ConfigProto GPUOptions": "leave it away: all is computed by the processor",
        "conv2d conv1d conv3d max_pool avg_pool dropout bias_add batch_normalization embedding_lookup lrn rnn_cell "
        "dynamic_rnn moments": _LAYER,
        "softmax_cross_entropy_with_logits softmax_cross_entropy_with_logits_v2 sigmoid_cross_entropy_with_logits "
        "sparse_softmax_cross_entropy_with_logits l2_loss log_softmax": _LOSS,
        "elu selu leaky_relu relu6 crelu": "tf.where(x > 0.0, x, 0.1*x)",
        "eigh eigvalsh lu lstsq expm band_part tensor_diag slogdet matvec cross": _LINEAR,
    }
)
