// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// The multisig wallet of the early years: transactions are submitted, and run with the last confirmation.
contract MultiSigWallet {
    struct Transaction {
        address destination;
        uint256 value;
        bytes data;
        bool executed;
    }

    mapping(uint256 => Transaction) public transactions;
    mapping(uint256 => mapping(address => bool)) public confirmations;
    mapping(address => bool) public isOwner;
    address[] public owners;
    uint256 public required;
    uint256 public transactionCount;

    event Confirmation(address indexed sender, uint256 indexed transactionId);
    event Submission(uint256 indexed transactionId);
    event Execution(uint256 indexed transactionId);
    event ExecutionFailure(uint256 indexed transactionId);
    event Deposit(address indexed sender, uint256 value);
    event OwnerAddition(address indexed owner);

    modifier ownerExists() {
        require(isOwner[msg.sender]);
        _;
    }

    constructor(address[] memory owners_, uint256 required_) {
        for (uint256 i = 0; i < owners_.length; i++) isOwner[owners_[i]] = true;
        (owners, required) = (owners_, required_);
    }

    receive() external payable {
        if (msg.value > 0) emit Deposit(msg.sender, msg.value);
    }

    function submitTransaction(address destination, uint256 value, bytes calldata data)
        external
        ownerExists
        returns (uint256 id)
    {
        id = transactionCount++;
        transactions[id] = Transaction(destination, value, data, false);
        emit Submission(id);
        confirmTransaction(id);
    }

    function confirmTransaction(uint256 id) public ownerExists {
        require(!confirmations[id][msg.sender]);
        confirmations[id][msg.sender] = true;
        emit Confirmation(msg.sender, id);
        executeTransaction(id);
    }

    function isConfirmed(uint256 id) public view returns (bool) {
        uint256 count = 0;
        for (uint256 i = 0; i < owners.length; i++) {
            if (confirmations[id][owners[i]]) count += 1;
        }
        return count >= required;
    }

    function executeTransaction(uint256 id) private {
        if (!isConfirmed(id)) return;
        Transaction storage transaction = transactions[id];
        require(!transaction.executed);
        transaction.executed = true;
        (bool ok,) = transaction.destination.call{value: transaction.value}(transaction.data);
        if (ok) emit Execution(id);
        else {
            emit ExecutionFailure(id);
            transaction.executed = false;
        }
    }
}

/// What is locked here lives on another chain; the wallet of the operators unlocks.
contract HorizonManager {
    address public immutable wallet;
    mapping(bytes32 => bool) public usedEvents_;

    event Locked(address indexed token, address indexed sender, uint256 amount, address recipient);
    event Unlocked(address ethToken, uint256 amount, address recipient, bytes32 receiptId);

    constructor(address wallet_) {
        wallet = wallet_;
    }

    function lockToken(Token token, uint256 amount, address recipient) external {
        token.transferFrom(msg.sender, address(this), amount);
        emit Locked(address(token), msg.sender, amount, recipient);
    }

    function unlockToken(Token token, uint256 amount, address recipient, bytes32 receiptId) external {
        require(msg.sender == wallet, "HmyManager/not-authorized");
        require(!usedEvents_[receiptId], "EthManager/The burn event cannot be reused");
        usedEvents_[receiptId] = true;
        token.transfer(recipient, amount);
        emit Unlocked(address(token), amount, recipient, receiptId);
    }
}
