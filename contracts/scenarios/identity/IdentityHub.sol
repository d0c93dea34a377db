// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Says which account belongs to which person. Operators of the offices bind accounts; the board names operators.
contract IdentityHub {
    address public immutable board = msg.sender;
    mapping(address => bool) public isOperator;
    mapping(bytes32 => address) public accountOf;

    event OperatorSet(address indexed operator, bool is_);
    event Bound(address indexed operator, bytes32 indexed person, address account);

    error NotOperator(address who);

    function setOperator(address operator, bool is_) external {
        require(msg.sender == board, "not the board");
        isOperator[operator] = is_;
        emit OperatorSet(operator, is_);
    }

    function bind(bytes32 person, address account) external {
        if (!isOperator[msg.sender]) revert NotOperator(msg.sender);
        accountOf[person] = account;
        emit Bound(msg.sender, person, account);
    }
}

/// Pays pensions to the accounts of persons.
contract PensionFund {
    IdentityHub public immutable hub;
    Token public immutable token;
    address private immutable office = msg.sender;
    mapping(bytes32 => uint256) public due;

    event Paid(bytes32 indexed person, address indexed account, uint256 amount);

    constructor(IdentityHub hub_, Token token_) {
        (hub, token) = (hub_, token_);
    }

    function credit(bytes32 person, uint256 amount) external {
        require(msg.sender == office, "not the office");
        token.transferFrom(office, address(this), amount);
        due[person] += amount;
    }

    /// Anybody may ask for it; it goes to the person's account.
    function pay(bytes32 person) external {
        uint256 amount = due[person];
        due[person] = 0;
        address to = hub.accountOf(person);
        token.transfer(to, amount);
        emit Paid(person, to, amount);
    }
}
