"""A refusal as an exception."""

import pickle

from app.errors import ServiceError


def test_a_refusal_comes_out_of_another_process_as_it_was() -> None:
    refused = ServiceError("act.input_changed", "digest", keeps_work=True, object="round:1")
    again = pickle.loads(pickle.dumps(refused))
    assert isinstance(again, ServiceError) and vars(again) == vars(refused) and str(again) == str(refused)
