// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Withdrawals are asked for, and a keeper pays them in order.
contract PayoutQueue {
    struct Request {
        address payable to;
        uint256 amount;
    }

    address public immutable keeper = msg.sender;
    Request[] public queue;
    uint256 public next;
    mapping(address => uint256) public balanceOf;

    event Deposited(address indexed who, uint256 amount);
    event Requested(address indexed who, uint256 amount, uint256 id);
    event Paid(uint256 indexed id, address indexed to, uint256 amount, bool ok);

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
        emit Deposited(msg.sender, msg.value);
    }

    function request(uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        queue.push(Request(payable(msg.sender), amount));
        emit Requested(msg.sender, amount, queue.length - 1);
    }

    function process(uint256 count) external {
        require(msg.sender == keeper, "not the keeper");
        uint256 until = next + count < queue.length ? next + count : queue.length;
        for (uint256 id = next; id < until; id++) {
            Request memory it = queue[id];
            (bool ok,) = it.to.call{value: it.amount}("");
            if (!ok) balanceOf[it.to] += it.amount;
            emit Paid(id, it.to, it.amount, ok);
        }
        next = until;
    }

    function waiting() external view returns (uint256) {
        return queue.length - next;
    }
}

/// Asks for a little, several times, and burns whatever gas it is paid with.
contract GasEater {
    function queueUp(PayoutQueue target, uint256 times) external payable {
        target.deposit{value: msg.value}();
        for (uint256 i = 0; i < times; i++) target.request(msg.value / times);
    }

    receive() external payable {
        assembly { invalid() }
    }
}

/// Pays on to twenty partners what it is paid.
contract PayoutSplitter {
    address[] public partners;

    constructor(address[] memory partners_) {
        partners = partners_;
    }

    function enter(PayoutQueue target) external payable {
        target.deposit{value: msg.value}();
    }

    function ask(PayoutQueue target, uint256 amount, uint256 times) external {
        for (uint256 i = 0; i < times; i++) target.request(amount / times);
    }

    receive() external payable {
        for (uint256 i = 0; i < partners.length; i++) {
            (bool ok,) = partners[i].call{value: msg.value / partners.length}("");
            require(ok, "partner not paid");
        }
    }
}
