// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Pays receipts of another chain, signed by its two validators, each once. Which contract pays is not in what is signed.
contract ReceiptBridge {
    address public immutable owner = msg.sender;
    address[2] public validators;
    mapping(uint256 => bool) public claimed;

    event Claimed(uint256 indexed number, address indexed to, address token, uint256 amount);
    event Locked(address indexed from, address token, uint256 amount, bytes32 to);
    event Migrated(address indexed successor, address token, uint256 amount);

    constructor(address one, address two) {
        validators = [one, two];
    }

    function lock(Token token, uint256 amount, bytes32 to) external {
        token.transferFrom(msg.sender, address(this), amount);
        emit Locked(msg.sender, address(token), amount, to);
    }

    function claim(uint256 number, address to, Token token, uint256 amount, bytes[2] calldata signatures) external {
        require(!claimed[number], "claimed");
        claimed[number] = true;
        bytes32 digest = keccak256(abi.encode(number, to, token, amount));
        for (uint256 i = 0; i < 2; i++) {
            bytes calldata one = signatures[i];
            require(
                ecrecover(digest, uint8(one[64]), bytes32(one[:32]), bytes32(one[32:64])) == validators[i], "not signed"
            );
        }
        token.transfer(to, amount);
        emit Claimed(number, to, address(token), amount);
    }

    /// Everything moves to the bridge that takes this one's place.
    function migrate(Token[] calldata tokens, address successor) external {
        require(msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < tokens.length; i++) {
            uint256 amount = tokens[i].balanceOf(address(this));
            tokens[i].transfer(successor, amount);
            emit Migrated(successor, address(tokens[i]), amount);
        }
    }
}
