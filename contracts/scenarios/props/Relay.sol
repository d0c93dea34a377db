// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Passes a call on: the attack's contract is not the transaction's recipient.
contract Relay {
    function relay(address target, bytes calldata data) external payable {
        (bool ok, bytes memory why) = target.call{value: msg.value}(data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
    }

    receive() external payable {}
}

/// Deploys a contract and calls it at once, all while it is being constructed itself.
contract Launcher {
    constructor(bytes memory code, bytes memory data) payable {
        address made;
        assembly { made := create(0, add(code, 32), mload(code)) }
        require(made != address(0), "not made");
        (bool ok, bytes memory why) = made.call{value: msg.value}(data);
        if (!ok) assembly { revert(add(why, 32), mload(why)) }
    }
}
