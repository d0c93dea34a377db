// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Payments that a payer signs and the payee brings. Nothing in a cheque uses it up.
contract Cheques {
    Token public immutable token;

    event Cashed(address indexed from, address indexed to, uint256 amount);

    constructor(Token token_) {
        token = token_;
    }

    function cash(address from, address to, uint256 amount, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 said = keccak256(abi.encode(block.chainid, address(this), from, to, amount));
        require(from != address(0) && ecrecover(said, v, r, s) == from, "not signed");
        token.transferFrom(from, to, amount);
        emit Cashed(from, to, amount);
    }
}

/// Cheques with numbers, each good for one time.
contract NumberedCheques {
    Token public immutable token;
    mapping(address => mapping(uint256 => bool)) public used;

    event Cashed(address indexed from, address indexed to, uint256 amount);

    constructor(Token token_) {
        token = token_;
    }

    function cash(address from, address to, uint256 amount, uint256 number, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 said = keccak256(abi.encode(block.chainid, address(this), from, to, amount, number));
        require(from != address(0) && ecrecover(said, v, r, s) == from, "not signed");
        require(!used[from][number], "used");
        used[from][number] = true;
        token.transferFrom(from, to, amount);
        emit Cashed(from, to, amount);
    }
}

struct Cheque {
    address from;
    uint256 amount;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// Cashes the same cheques for as long as there is anything to cash.
contract ChequeCasher {
    function cashAll(Cheques at, address to, Cheque[] calldata cheques) external {
        Token token = at.token();
        for (uint256 i = 0; i < cheques.length; i++) {
            Cheque calldata one = cheques[i];
            while (token.balanceOf(one.from) >= one.amount) at.cash(one.from, to, one.amount, one.v, one.r, one.s);
        }
    }
}

/// Cashes many at once, as a shop does at the end of a year.
contract ChequeBatch {
    function cashAll(NumberedCheques at, address to, Cheque[] calldata cheques, uint256[] calldata numbers) external {
        for (uint256 i = 0; i < cheques.length; i++) {
            Cheque calldata one = cheques[i];
            at.cash(one.from, to, one.amount, numbers[i], one.v, one.r, one.s);
        }
    }
}
