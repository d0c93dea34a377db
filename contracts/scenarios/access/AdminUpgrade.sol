// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// A pool of collateral behind a proxy with an administrator.
contract CollateralPool {
    Token public token;
    address public guardian;
    uint256 public total;
    mapping(address => uint256) public collateralOf;

    event Posted(address indexed account, uint256 amount);
    event Released(address indexed account, uint256 amount);

    function initialize(Token token_, address guardian_) external {
        require(address(token) == address(0), "initialized");
        (token, guardian) = (token_, guardian_);
    }

    function post(uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        collateralOf[msg.sender] += amount;
        total += amount;
        emit Posted(msg.sender, amount);
    }

    function release(uint256 amount) external {
        collateralOf[msg.sender] -= amount;
        total -= amount;
        token.transfer(msg.sender, amount);
        emit Released(msg.sender, amount);
    }
}

/// The next version keeps idle collateral in a reserve of its own.
contract CollateralPoolV2 is CollateralPool {
    address public reserve;

    event ReserveFunded(address indexed reserve, uint256 amount);

    function fundReserve(address reserve_, uint256 amount) external {
        require(msg.sender == guardian, "not the guardian");
        reserve = reserve_;
        token.transfer(reserve_, amount);
        emit ReserveFunded(reserve_, amount);
    }
}

/// Holds idle collateral for its pool.
contract CollateralReserve {
    address public immutable pool;

    constructor(address pool_) {
        pool = pool_;
    }

    function giveBack(Token token, uint256 amount) external {
        require(msg.sender == pool, "not the pool");
        token.transfer(pool, amount);
    }
}

/// The thief's version has the same functions, and one more.
contract CollateralPoolRogue is CollateralPool {
    address private constant NOBODY = address(0);

    function claimRewards(address to, uint256 amount) external {
        require(to != NOBODY);
        token.transfer(to, amount);
    }
}
