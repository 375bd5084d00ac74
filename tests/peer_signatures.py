"""The signatures of the peers' public methods, as `inspect` gives them, without self and types.

Recorded from torch 2.13.0 and tensorboardX 2.6.5; test_peer_signatures compares them with the peers
themselves where these are installed.
"""

from __future__ import annotations

TORCH_SUMMARY_WRITER = {
    "__init__": (
        'log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, '
        'filename_suffix=""'
    ),
    "get_logdir": "",
    "add_hparams": (
        "hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None"
    ),
    "add_scalar": (
        "tag, scalar_value, global_step=None, walltime=None, new_style=False, "
        "double_precision=False"
    ),
    "add_scalars": "main_tag, tag_scalar_dict, global_step=None, walltime=None",
    "add_tensor": "tag, tensor, global_step=None, walltime=None",
    "add_histogram": (
        'tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None'
    ),
    "add_histogram_raw": (
        "tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, "
        "global_step=None, walltime=None"
    ),
    "add_image": 'tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"',
    "add_images": 'tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"',
    "add_image_with_boxes": (
        "tag, img_tensor, box_tensor, global_step=None, walltime=None, rescale=1, "
        'dataformats="CHW", labels=None'
    ),
    "add_figure": "tag, figure, global_step=None, close=True, walltime=None",
    "add_video": "tag, vid_tensor, global_step=None, fps=4, walltime=None",
    "add_audio": "tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None",
    "add_text": "tag, text_string, global_step=None, walltime=None",
    "add_onnx_graph": "prototxt",
    "add_graph": "model, input_to_model=None, verbose=False, use_strict_trace=True",
    "add_embedding": (
        'mat, metadata=None, label_img=None, global_step=None, tag="default", metadata_header=None'
    ),
    "add_pr_curve": (
        "tag, labels, predictions, global_step=None, num_thresholds=127, weights=None, "
        "walltime=None"
    ),
    "add_pr_curve_raw": (
        "tag, true_positive_counts, false_positive_counts, true_negative_counts, "
        "false_negative_counts, precision, recall, global_step=None, num_thresholds=127, "
        "weights=None, walltime=None"
    ),
    "add_custom_scalars_multilinechart": 'tags, category="default", title="untitled"',
    "add_custom_scalars_marginchart": 'tags, category="default", title="untitled"',
    "add_custom_scalars": "layout",
    "add_mesh": (
        "tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, walltime=None"
    ),
    "flush": "",
    "close": "",
}

TORCH_FILE_WRITER = {
    "__init__": 'log_dir, max_queue=10, flush_secs=120, filename_suffix=""',
    "get_logdir": "",
    "add_event": "event, step=None, walltime=None",
    "add_summary": "summary, global_step=None, walltime=None",
    "add_graph": "graph_profile, walltime=None",
    "add_onnx_graph": "graph, walltime=None",
    "flush": "",
    "close": "",
    "reopen": "",
}

TENSORBOARDX_SUMMARY_WRITER = {
    "__init__": (
        'logdir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, '
        'filename_suffix="", write_to_disk=True, log_dir=None, '
        'comet_config={"disabled": True}, **kwargs'
    ),
    "add_hparams": "hparam_dict, metric_dict, name=None, global_step=None",
    "add_scalar": (
        'tag, scalar_value, global_step=None, walltime=None, display_name="", '
        'summary_description=""'
    ),
    "add_scalars": "main_tag, tag_scalar_dict, global_step=None, walltime=None",
    "export_scalars_to_json": "path",
    "add_histogram": (
        'tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None'
    ),
    "add_histogram_raw": (
        "tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, "
        "global_step=None, walltime=None"
    ),
    "add_image": 'tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"',
    "add_images": 'tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"',
    "add_image_with_boxes": (
        "tag, img_tensor, box_tensor, global_step=None, walltime=None, "
        'dataformats="CHW", labels=None, **kwargs'
    ),
    "add_figure": "tag, figure, global_step=None, close=True, walltime=None",
    "add_video": 'tag, vid_tensor, global_step=None, fps=4, walltime=None, dataformats="NTCHW"',
    "add_audio": "tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None",
    "add_text": "tag, text_string, global_step=None, walltime=None",
    "add_onnx_graph": "onnx_model_file",
    "add_openvino_graph": "xmlname",
    "add_graph": "model, input_to_model=None, verbose=False, use_strict_trace=True",
    "add_embedding": (
        'mat, metadata=None, label_img=None, global_step=None, tag="default", metadata_header=None'
    ),
    "add_pr_curve": (
        "tag, labels, predictions, global_step=None, num_thresholds=127, weights=None, "
        "walltime=None"
    ),
    "add_pr_curve_raw": (
        "tag, true_positive_counts, false_positive_counts, true_negative_counts, "
        "false_negative_counts, precision, recall, global_step=None, num_thresholds=127, "
        "weights=None, walltime=None"
    ),
    "add_custom_scalars_multilinechart": 'tags, category="default", title="untitled"',
    "add_custom_scalars_marginchart": 'tags, category="default", title="untitled"',
    "add_custom_scalars": "layout",
    "add_mesh": (
        "tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, walltime=None"
    ),
    "close": "",
    "flush": "",
    "use_metadata": "*, global_step=None, walltime=None",
}

TENSORBOARDX_FILE_WRITER = {
    "__init__": 'logdir, max_queue=10, flush_secs=120, filename_suffix=""',
    "get_logdir": "",
    "add_event": "event, step=None, walltime=None",
    "add_summary": "summary, global_step=None, walltime=None",
    "add_graph": "graph_profile, walltime=None",
    "add_onnx_graph": "graph, walltime=None",
    "add_openvino_graph": "graph, walltime=None",
    "flush": "",
    "close": "",
    "reopen": "",
    "use_metadata": "*, global_step=None, walltime=None",
}

TENSORBOARDX_GLOBAL_SUMMARY_WRITER = {
    "__init__": (
        'logdir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, '
        'filename_suffix="", write_to_disk=True, log_dir=None, coalesce_process=True, '
        "**kwargs"
    ),
    "add_scalar": "tag, scalar_value, walltime=None",
    "add_image": 'tag, img_tensor, walltime=None, dataformats="CHW"',
    "add_text": "tag, text_string, walltime=None",
    "getSummaryWriter": "",
    "close": "",
}
