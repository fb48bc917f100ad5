import gc

import pytest

from jasenpalvelu.common import garbage


def test_the_collector_rests_inside_and_works_again_after_it_even_when_the_block_fails():
    assert gc.isenabled()
    with garbage.untouched():
        assert not gc.isenabled()
        with garbage.untouched():
            assert not gc.isenabled()
        assert not gc.isenabled()
    with pytest.raises(ValueError), garbage.untouched():
        raise ValueError
    assert gc.isenabled()
